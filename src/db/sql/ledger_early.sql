-- $1 store: orders of today ($3 its end) whose t0 is still ahead of $2
select facts from orders where store_id = $1 and t0 > $2 and t0 < $3;
