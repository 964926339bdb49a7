-- $1 store, $2 ids of reports: what was filed, and when
select u.n, e.occurred_at, e.data
from unnest($2::text[]) with ordinality u(id, n)
cross join lateral (
    select occurred_at, data from events e where e.store_id = $1 and e.source = 'windvane' and e.event_id collate "C" = u.id limit 1) e;
