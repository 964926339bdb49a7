-- $1 store, rows, $22 recorded at, $23 causes, $24 causes of the end of those that ended at once
insert into verdicts (store_id, day, hours, seq, checkpoint, level, state, reasons, stale, orders, eligible, exempt, overdue, still_open,
    baseline_overdue, baseline_eligible, policy_id, policy_version, kind, percent, lifts_at, recorded_at, cause, ended_at, ended_cause)
select $1, u.day, u.hours, u.seq, u.checkpoint, u.level, u.state, u.reasons, u.stale, u.orders, u.eligible, u.exempt, u.overdue, u.still_open,
    u.baseline_overdue, u.baseline_eligible, u.policy_id, u.policy_version, u.kind, u.percent, u.lifts_at, $22, u.cause,
    case when u.ended_cause is not null then $22 end, u.ended_cause
from unnest($2::date[], $3::int[], $4::int[], $5::timestamptz[], $6::int[], $7::int[], $8::int[], $9::bool[], $10::bigint[], $11::bigint[],
    $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::int[], $19::text[], $20::int[],
    $21::timestamptz[], $23::int[], $24::int[])
    u(day, hours, seq, checkpoint, level, state, reasons, stale, orders, eligible, exempt, overdue, still_open, baseline_overdue,
    baseline_eligible, policy_id, policy_version, kind, percent, lifts_at, cause, ended_cause);
