-- $1 stores, $2 days: one row for each pair that exists
select u.n, t.counts
from unnest($1::text[], $2::date[]) with ordinality u(store_id, day, n)
cross join lateral (
    select counts from tallies t where t.store_id = u.store_id and t.day = u.day limit 1) t;
