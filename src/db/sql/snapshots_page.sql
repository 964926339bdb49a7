-- $1 store, from $2 to $3, newest first, at most $4
select day, at, taken_at, policy_id, policy_version, status, points, base, bonus, star, peers, rank,
    factor_points::bigint[], composite_points::bigint[], metric_points::bigint[], sums, valids, pendings
from score_days
where store_id = $1 and day between $2 and $3
order by day desc limit $4;
