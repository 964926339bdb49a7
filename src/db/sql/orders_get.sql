-- $1 stores, $2 orders: the facts of those that exist
select u.n, o.facts
from unnest($1::text[], $2::text[]) with ordinality u(store_id, order_id, n)
cross join lateral (
    select facts from orders o where o.store_id = u.store_id and o.order_id = u.order_id limit 1) o;
