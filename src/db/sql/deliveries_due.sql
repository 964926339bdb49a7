-- $1 now, $2 at most for each subscription, $3 subscriptions that are busy, $4 at most in all. Who claims them does so in this order, so that two
-- processes never wait for each other in a circle.
select store_id, seq, subscription_id, next_at from (
    select d.store_id, d.seq, d.subscription_id, d.next_at
    from subscriptions s
    cross join lateral (
        select store_id, seq, subscription_id, next_at from deliveries
        where subscription_id = s.subscription_id and state = 'pending' and next_at <= $1
        order by next_at limit $2) d
    where s.active and (s.rests_until is null or s.rests_until <= $1) and s.subscription_id <> all ($3::text[])
    order by d.next_at limit $4) due
order by store_id, seq, subscription_id;
