-- $1 store: retractions that differ from what the log says
with said as (
    select data::json ->> 'source' as source, data::json ->> 'id' as event_id, min(least(occurred_at, received_at)) as retracted_at
    from events where store_id = $1 and type = 'event.retracted' group by 1, 2)
select coalesce(s.source, r.source), coalesce(s.event_id, r.event_id)
from said s
full join (select * from retractions where store_id = $1) r on r.source = s.source and r.event_id = s.event_id
where s.retracted_at is distinct from r.retracted_at
order by 1, 2;
