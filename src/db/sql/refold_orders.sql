-- $1 store: the events of its orders, order by order, with the earliest retraction of each event, its key, and the row of its order
select e.subject_id, e.source, e.event_id, e.type, e.occurred_at, e.received_at, e.data, r.retracted_at,
    k.digest, k.occurred_at, k.entity, k.subject_id,
    o.facts, o.t0, o.promise_at, o.deliver_by, o.last_at, o.wait_collected, o.wait_delivered, o.wait_shipped, o.exempt, o.retracted
from events e
left join (
    select data::json ->> 'source' as source, data::json ->> 'id' as event_id, min(least(occurred_at, received_at)) as retracted_at
    from events where store_id = $1 and type = 'event.retracted' group by 1, 2) r
    on r.source = e.source and r.event_id = e.event_id
left join event_keys k on k.store_id = e.store_id and k.source = e.source and k.event_id = e.event_id
left join orders o on o.store_id = e.store_id and o.order_id = e.subject_id
where e.store_id = $1 and e.entity = 0
order by e.subject_id collate "C";
