-- $1 store; for each series and range of t0 the earliest open one: $2 series, $3 from, $4 to (both included), $5 earliest mark of its own.
-- (t0 + 0: by mark the index on it is to be walked, whose first rows are nearly always the ones)
select u.n, m.mark
from unnest($2::int[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[]) with ordinality u(series, from_at, to_at, mark_from, n)
cross join lateral (
    (select t0 as mark from orders where u.series = 0 and store_id = $1 and wait_collected and t0 >= u.from_at and t0 <= u.to_at order by t0 limit 1)
    union all
    (select t0 from orders where u.series = 1 and store_id = $1 and wait_delivered and t0 >= u.from_at and t0 <= u.to_at order by t0 limit 1)
    union all
    (select t0 from orders where u.series = 2 and store_id = $1 and wait_collected and wait_shipped and t0 >= u.from_at and t0 <= u.to_at order by t0 limit 1)
    union all
    (select promise_at from orders where u.series = 3 and store_id = $1 and wait_collected and promise_at >= u.mark_from and t0 + interval '0' >= u.from_at and t0 + interval '0' <= u.to_at order by promise_at limit 1)
    union all
    (select promise_at from orders where u.series = 4 and store_id = $1 and wait_collected and wait_shipped and promise_at >= u.mark_from and t0 + interval '0' >= u.from_at and t0 + interval '0' <= u.to_at order by promise_at limit 1)
    union all
    (select deliver_by from orders where u.series = 5 and store_id = $1 and wait_delivered and deliver_by is not null and deliver_by >= u.mark_from and t0 + interval '0' >= u.from_at and t0 + interval '0' <= u.to_at order by deliver_by limit 1)) m;
