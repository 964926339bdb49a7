-- $1 store, $2 ids of decisions (<report>/d/<status>): which of them were made, in their order
select u.n, e.occurred_at, e.data
from unnest($2::text[]) with ordinality u(id, n)
cross join lateral (
    select occurred_at, data from events e where e.store_id = $1 and e.source = 'windvane' and e.event_id collate "C" = u.id limit 1) e
order by e.occurred_at, u.n;
