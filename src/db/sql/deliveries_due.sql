-- $1 now, $2 at most for each subscription that answers (for others one), $3 subscriptions that are busy, $4 at most in all, $5 at most of those that
-- do not answer. The subscription comes first whose last attempt is longest ago, however old the backlog of another one is. Who claims them does so in
-- this order, so that two processes never wait for each other in a circle.
select store_id, seq, subscription_id, next_at, answers from (
    select * from (
        select *, row_number() over (partition by answers order by tried_at nulls first, next_at) as place from (
            select d.store_id, d.seq, d.subscription_id, d.next_at, s.answers,
                (select max(attempted_at) from deliveries a where a.subscription_id = s.subscription_id and a.attempted_at is not null) as tried_at
            from subscriptions s
            cross join lateral (
                select store_id, seq, subscription_id, next_at from deliveries
                where subscription_id = s.subscription_id and state = 'pending' and next_at <= $1
                order by next_at limit case when s.answers then $2 else 1 end) d
            where s.active and (s.rests_until is null or s.rests_until <= $1) and s.subscription_id <> all ($3::text[])) candidates) placed
    where answers or place <= $5
    order by tried_at nulls first, next_at limit $4) due
order by store_id, seq, subscription_id;
