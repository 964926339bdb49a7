-- $1 policy, $2 now: what a store of it is to be counted by: the version in effect, and the newest calendar (0: none)
select version, (select coalesce(max(version), 0) from calendars) as calendar_version from policies
where policy_id = $1 and (valid_from <= $2 or version = 1)
order by version desc limit 1;
