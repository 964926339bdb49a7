-- $1 store, $2 number, $3 subscription: the attempt that was ours until $4 failed at $5 with status $6 (0: no answer) and error $7; the next one is
-- at $8, null is never
update deliveries set state = case when $8 is null then 'dead' else 'pending' end, next_at = $8, done_at = case when $8 is null then $5 end,
    status = nullif($6, 0), error = $7
where store_id = $1 and seq = $2 and subscription_id = $3 and state = 'pending' and next_at = $4;
