-- $1 store: keys without an event
select source, event_id from event_keys k
where store_id = $1 and not exists (
    select from events e where e.store_id = k.store_id and e.source = k.source and e.event_id = k.event_id and e.occurred_at = k.occurred_at)
order by 1, 2;
