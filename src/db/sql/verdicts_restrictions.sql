-- $1 store, $2 instant: of each mark that restricted by what was known then, the row that stood, else the last one that did
select distinct on (day, hours) kind, coalesce(percent, 0) as percent, day, checkpoint, lifts_at, case when e.ended then ended_at end as ended_at,
    ended_cause
from verdicts v cross join lateral (select coalesce(v.ended_at <= $2, false) as ended) e
where store_id = $1 and kind is not null and recorded_at <= $2
order by day, hours, e.ended, seq desc;
