-- $1 stores, $2 orders: the tickets about them
select t.store_id, t.ticket_id, t.facts
from unnest($1::text[], $2::text[]) u(store_id, order_id)
cross join lateral (
    select store_id, ticket_id, facts from tickets t where t.store_id = u.store_id and t.order_id = u.order_id) t;
