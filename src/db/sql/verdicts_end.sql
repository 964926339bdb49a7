-- $1 store, $2 days, $3 hours, $4 seqs, $5 causes: these hold no longer, from $6 on
update verdicts v set ended_at = $6, ended_cause = u.cause
from unnest($2::date[], $3::int[], $4::int[], $5::int[]) u(day, hours, seq, cause)
where v.store_id = $1 and v.day = u.day and v.hours = u.hours and v.seq = u.seq;
