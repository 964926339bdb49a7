-- $1 store, $2 number, $3 subscription, $4 as it was due, $5 now, $6 until when it is ours: the attempt, unless another process has it or the
-- subscription is off by now, which leaves the delivery as it is
with claimed as (
    update deliveries d set next_at = $6, attempts = d.attempts + 1, attempted_at = $5
    from subscriptions s
    where d.store_id = $1 and d.seq = $2 and d.subscription_id = $3 and d.state = 'pending' and d.next_at = $4
        and s.subscription_id = $3 and s.active
    returning d.delivery_id, d.attempts, s.url, s.secret, case when s.old_until > $5 then s.old_secret end as old_secret)
select c.delivery_id, c.attempts, c.url, c.secret, c.old_secret, n.seq, n.type, n.at, n.recorded_at, n.data
from claimed c
join notifications n on n.store_id = $1 and n.seq = $2;
