-- $1 store, $2 number, $3 subscription: answered with $5 at $4
update deliveries set state = 'delivered', next_at = null, done_at = $4, status = $5, error = null
where store_id = $1 and seq = $2 and subscription_id = $3 and state <> 'delivered';
