-- $1 store, $2 order
select facts from orders where store_id = $1 and order_id = $2;
