-- $1 store; the hours that a limit cuts, as their first instants: $2 by t0 waiting for collection, $3 for
-- delivery, $4 (one hour) by promise
select 0 as series, o.t0, o.t0 as mark from unnest($2::timestamptz[]) h cross join lateral (
    select t0 from orders where store_id = $1 and wait_collected and t0 >= h and t0 < h + interval '1 hour') o
union all
select 1, o.t0, o.t0 from unnest($3::timestamptz[]) h cross join lateral (
    select t0 from orders where store_id = $1 and wait_delivered and t0 >= h and t0 < h + interval '1 hour') o
union all
select 2, t0, promise_at from orders
where store_id = $1 and wait_collected and promise_at >= $4 and promise_at < $4 + interval '1 hour';
