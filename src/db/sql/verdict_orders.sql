-- $1 store: every order whose clock began in [$2, $3) by what is known now, or by what was known before a retraction
select facts from orders
where store_id = $1 and ((t0 >= $2 and t0 < $3) or retracted);
