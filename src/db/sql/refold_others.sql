-- $1 store: the events that are a fact of nothing, with their keys
select null::text, e.source, e.event_id, e.type, e.occurred_at, e.received_at, e.data, null::timestamptz,
    k.digest, k.occurred_at, k.entity, k.subject_id
from events e
left join event_keys k on k.store_id = e.store_id and k.source = e.source and k.event_id = e.event_id
where e.store_id = $1 and e.entity is null;
