-- stores that are counted by an older policy version than the one in effect at $2, or by an older calendar; only those of policy $1, unless it is null
select s.store_id from (
    select distinct on (store_id) store_id, policy_id, policy_version, calendar_version from store_versions
    order by store_id, version desc) s
join (select policy_id, max(version) as version from policies where valid_from <= $2 or version = 1 group by policy_id) p using (policy_id)
where ($1 is null or s.policy_id = $1)
    and (s.policy_version < p.version or s.calendar_version < (select coalesce(max(version), 0) from calendars))
order by s.store_id;
