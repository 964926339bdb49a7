-- the versions of policy $1 before version $2, newest first, at most $3; at $4: whether each is the one in effect; the stores under the
-- policy, and those that have come to it
with s as materialized (
    select policy_version, count(*) as stores from (
        select distinct on (store_id) policy_id, policy_version from store_versions order by store_id, version desc) n
    where policy_id = $1 group by policy_version)
select version, valid_from,
    version = (select max(version) from policies where policy_id = $1 and (valid_from <= $4 or version = 1)) as in_effect,
    (select coalesce(sum(stores), 0)::bigint from s) as stores,
    (select coalesce(sum(stores), 0)::bigint from s where policy_version >= p.version) as moved, shipped
from policies p
where policy_id = $1 and version < $2
order by version desc limit $3;
