-- $1 store, $2 instant: each feed's last sign of life at or before it, and whether anything known is later. Each is one
-- step down an index.
select f::int as feed, greatest(
    (select least(occurred_at, received_at) from events e
     where e.store_id = $1 and e.feed = f and least(occurred_at, received_at) <= $2
         and not exists (select from retractions r where r.store_id = e.store_id and r.source = e.source and r.event_id = e.event_id and r.retracted_at <= $2)
     order by least(occurred_at, received_at) desc limit 1),
    (select e.through_at from events e
     where e.store_id = $1 and e.feed = -f and e.through_at is not null and e.through_at <= $2 and least(occurred_at, received_at) <= $2
         and not exists (select from retractions r where r.store_id = e.store_id and r.source = e.source and r.event_id = e.event_id and r.retracted_at <= $2)
     order by e.through_at desc limit 1)) as through,
    coalesce((select least(occurred_at, received_at) from events e
     where e.store_id = $1 and e.feed = f
     order by least(occurred_at, received_at) desc limit 1) > $2, false)
    or exists (select from retractions r where r.store_id = $1 and r.retracted_at > $2)
    or exists (select from delay_reports d where d.store_id = $1 and d.last_at > $2) as later
from unnest(array[1, 2, 3]) f;
