-- $1 store, days from $2 to $3, as they were known at $4 (null: now); $5 those that stood then, $6 those that did not; newest day first; if $7,
-- behind day $8, hours $9, seq $10; at most $11
select day, hours, checkpoint, level, state, reasons, stale, orders, eligible, exempt, overdue, still_open,
    baseline_overdue, baseline_eligible, policy_id, policy_version, kind, percent, lifts_at, seq, recorded_at, cause,
    case when e.ended then ended_at end as ended_at, ended_cause
from verdicts v cross join lateral (select coalesce(v.ended_at <= coalesce($4, 'infinity'), false) as ended) e
where store_id = $1 and day between $2 and $3 and recorded_at <= coalesce($4, 'infinity') and case when e.ended then $6 else $5 end
    and (not $7 or (day, -hours, seq) < ($8::date, -$9::int, $10::int))
order by day desc, hours, seq desc
limit $11;
