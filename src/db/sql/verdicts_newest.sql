-- $1 store, $2 days: the newest row of each mark, and whether it stands
select distinct on (day, hours) day, hours, checkpoint, level, state, reasons, stale, orders, eligible, exempt, overdue, still_open,
    baseline_overdue, baseline_eligible, policy_id, policy_version, kind, percent, lifts_at, seq, ended_at is null as stands
from verdicts where store_id = $1 and day = any($2::date[])
order by day, hours, seq desc;
