-- $1 store; for each series $2 and hour $3 (its first instant) that a limit cuts: the open orders in it, with t0 and the instant that the
-- hour is taken from
select u.series, o.t0, o.mark
from unnest($2::int[], $3::timestamptz[]) u(series, h)
cross join lateral (
    (select t0, t0 as mark from orders where u.series = 0 and store_id = $1 and wait_collected and t0 >= u.h and t0 < u.h + interval '1 hour')
    union all
    (select t0, t0 from orders where u.series = 1 and store_id = $1 and wait_delivered and t0 >= u.h and t0 < u.h + interval '1 hour')
    union all
    (select t0, t0 from orders where u.series = 2 and store_id = $1 and wait_collected and wait_shipped and t0 >= u.h and t0 < u.h + interval '1 hour')
    union all
    (select t0, promise_at from orders where u.series = 3 and store_id = $1 and wait_collected and promise_at >= u.h and promise_at < u.h + interval '1 hour')
    union all
    (select t0, promise_at from orders where u.series = 4 and store_id = $1 and wait_collected and wait_shipped and promise_at >= u.h and promise_at < u.h + interval '1 hour')
    union all
    (select t0, deliver_by from orders where u.series = 5 and store_id = $1 and wait_delivered and deliver_by is not null and deliver_by >= u.h and deliver_by < u.h + interval '1 hour')) o;
