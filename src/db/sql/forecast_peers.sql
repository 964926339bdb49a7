-- $1 store, $2 instant, $3 from, $4 to, $5 how many: other stores that were of its category and policy at the instant and have orders in [from, to)
select v.store_id, v.time_zone, n.calendar_version
from (
    select category, policy_id from store_versions
    where store_id = $1 and (valid_from <= $2 or version = 1)
    order by version desc limit 1) own
cross join lateral (
    select distinct on (store_id) store_id, category, policy_id, time_zone from store_versions
    where valid_from <= $2 or version = 1
    order by store_id, version desc) v
cross join lateral (
    select calendar_version from store_versions where store_id = v.store_id
    order by version desc limit 1) n
where own.category <> '' and v.category = own.category and v.policy_id = own.policy_id and v.store_id <> $1
    and exists (select from orders o where o.store_id = v.store_id and o.t0 >= $3 and o.t0 < $4)
order by v.store_id
limit $5;
