-- $1 store, $2 number, $3 subscription, $4 as it was due, $5 now, $6 until when it is ours: the attempt, unless another process has it
with claimed as (
    update deliveries set next_at = $6, attempts = attempts + 1, attempted_at = $5
    where store_id = $1 and seq = $2 and subscription_id = $3 and state = 'pending' and next_at = $4
    returning delivery_id, attempts)
select c.delivery_id, c.attempts, s.url, s.secret, case when s.old_until > $5 then s.old_secret end, n.seq, n.type, n.at, n.recorded_at, n.data
from claimed c
join subscriptions s on s.subscription_id = $3 and s.active
join notifications n on n.store_id = $1 and n.seq = $2;
