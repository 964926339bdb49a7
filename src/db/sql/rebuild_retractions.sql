-- $1 store
insert into retractions (store_id, source, event_id, retracted_at)
select $1, data::json ->> 'source', data::json ->> 'id', min(least(occurred_at, received_at))
from events where store_id = $1 and type = 'event.retracted' group by 2, 3;
