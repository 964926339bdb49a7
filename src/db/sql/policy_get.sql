-- $1 policy, $2 version
select document from policies where policy_id = $1 and version = $2;
