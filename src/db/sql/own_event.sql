-- $1 store, $2 id of one of the service's own events: when, and what it says
select occurred_at, data from events
where store_id = $1 and source = 'windvane' and event_id collate "C" = $2 limit 1;
