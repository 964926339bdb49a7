-- $1 store; for each store-day $2 to $3 (half-open) and instant $4: how many contacts, opened at or before it, urge the shipping of the day's
-- orders; those of 60 days
select u.n, count(*)
from unnest($2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) with ordinality u(from_at, to_at, at, n)
cross join lateral (
    select t.order_id from tickets t
    where t.store_id = $1 and t.urge and t.order_id is not null and t.opened_at <= u.at and t.opened_at > u.at - interval '60 days') t
join orders o on o.store_id = $1 and o.order_id = t.order_id and o.t0 >= u.from_at and o.t0 < u.to_at and o.t0 <= u.at
group by u.n;
