-- $1 store: orders of today ($3 its end) whose t0 is still ahead of $2; and where defects of orders are asked for ($4), the tickets and reviews
-- about them
with early as materialized (
    select order_id, facts from orders where store_id = $1 and t0 > $2 and t0 < $3)
select 0 as entity, order_id, facts from early
union all
select 1, t.ticket_id, t.facts from early e cross join lateral (
    select ticket_id, facts from tickets t where t.store_id = $1 and t.order_id = e.order_id) t where $4
union all
select 2, r.review_id, r.facts from early e cross join lateral (
    select review_id, facts from reviews r where r.store_id = $1 and r.order_id = e.order_id) r where $4;
