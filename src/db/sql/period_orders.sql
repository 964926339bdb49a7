-- $1 store, $2 from, $3 to: the orders whose t0 lies in [from, to)
select facts from orders where store_id = $1 and t0 >= $2 and t0 < $3;
