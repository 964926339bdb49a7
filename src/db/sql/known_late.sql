-- $1 store, $2 instant: the facts that were received after it, of what had happened by it; at most $3. Those later than a minute by an index of their
-- own, the others by their effective time.
select source, event_id, received_at, case when entity = 0 then subject_id end from events
where store_id = $1 and received_at > $2 and least(occurred_at, received_at) <= $2 and entity is not null
    and received_at - least(occurred_at, received_at) > interval '1 minute'
union all
select e.* from unnest(array[0, 1, 2, 3]) f cross join lateral (
    select source, event_id, received_at, case when entity = 0 then subject_id end from events
    where store_id = $1 and feed = f and least(occurred_at, received_at) > $2 - interval '1 minute' and least(occurred_at, received_at) <= $2
        and received_at > $2 and entity is not null and received_at - least(occurred_at, received_at) <= interval '1 minute') e
limit $3;
