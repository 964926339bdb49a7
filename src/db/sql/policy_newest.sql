select version, document from policies where policy_id = $1 order by version desc limit 1;
