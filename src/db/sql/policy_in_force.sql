-- $1 policy, $2 instant
select version from policies
where policy_id = $1 and (valid_from <= $2 or version = 1)
order by version desc limit 1;
