-- $1 store: every order that may matter to days from $2 up to the end $4 of the day of $3, as it is at $3
select order_id, facts from orders
where store_id = $1 and ((t0 <= $3 and (t0 >= $2 or last_at >= $2)) or (t0 > $3 and t0 < $4) or retracted);
