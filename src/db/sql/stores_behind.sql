-- stores whose policy (only $1, unless it is null) has a newer version than the one that they are counted by
select s.store_id from (
    select distinct on (store_id) store_id, policy_id, policy_version from store_versions
    order by store_id, version desc) s
where ($1 is null or s.policy_id = $1)
    and s.policy_version < (select max(version) from policies p where p.policy_id = s.policy_id);
