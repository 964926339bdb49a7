-- $1 store, $2 instant: the facts that were received after it, of what had happened by it; at most $3
select source, event_id, received_at, case when entity = 0 then subject_id end from events
where store_id = $1 and received_at > $2 and least(occurred_at, received_at) <= $2 and entity is not null
limit $3;
