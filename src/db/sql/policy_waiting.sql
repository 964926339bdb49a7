-- $1 policy, $2 now: the newest version, if it is still to take effect
select version, valid_from from policies
where policy_id = $1 and version > 1 and valid_from > $2
order by version desc limit 1;
