-- $1 store, $2 from, $3 to: cohort_orders in an order that every reading repeats, for tables that go out as they are read
select order_id, facts from orders where store_id = $1 and ((t0 >= $2 and t0 < $3) or retracted) order by t0, order_id collate "C";
