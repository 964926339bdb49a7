-- $1 policy, $2 version (0: the newest)
select policy_id, version, document from policies
where policy_id = $1 and ($2 = 0 or version = $2) order by version desc limit 1;
