-- $1 store: every order that may matter to days from $2 up to the end $4 of the day of $3, as it is at $3; and, once, the orders $5, which may
-- be many
select order_id, facts from orders
where store_id = $1 and ((t0 <= $3 and (t0 >= $2 or last_at >= $2)) or (t0 > $3 and t0 < $4) or retracted)
    and order_id not in (select unnest($5::text[]))
union all
select order_id, facts from (select distinct unnest($5::text[]) as order_id) also join orders using (order_id) where store_id = $1;
