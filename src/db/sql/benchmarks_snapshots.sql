-- $1 category, $2 policy, $3 version, $4 day: the snapshots that are compared
select store_id, status, points, factor_points::bigint[], composite_points::bigint[], sums, valids
from score_days where category = $1 and policy_id = $2 and policy_version = $3 and day + 0 = $4;
