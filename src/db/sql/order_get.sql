-- $1 store, $2 order: it, and what its tickets and reviews say of it
select 0 as entity, order_id as id, facts from orders where store_id = $1 and order_id = $2
union all
select 1, ticket_id, facts from tickets where store_id = $1 and order_id = $2
union all
select 2, review_id, facts from reviews where store_id = $1 and order_id = $2
order by 1;
