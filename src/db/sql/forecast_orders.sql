-- $1 store, $2 from, $3 to, $4 how many: the latest orders whose t0 lies in [from, to), to learn from
select facts from orders
where store_id = $1 and t0 >= $2 and t0 < $3
order by t0 desc, order_id collate "C"
limit $4;
