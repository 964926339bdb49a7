-- $1 store, $2 day, $3 instant: the snapshot, if it was there then
select day, at, taken_at, policy_id, policy_version, status, points, base, bonus, star, peers, rank,
    factor_points::bigint[], composite_points::bigint[], metric_points::bigint[], sums, valids, pendings
from score_days where store_id = $1 and day = $2 and taken_at <= $3;
