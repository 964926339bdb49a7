-- $1 stores, $2 orders: those that exist
select o.store_id, o.order_id, o.facts
from unnest($1::text[], $2::text[]) u(store_id, order_id)
cross join lateral (
    select store_id, order_id, facts from orders o where o.store_id = u.store_id and o.order_id = u.order_id limit 1) o;
