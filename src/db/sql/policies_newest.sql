select policy_id, max(version) from policies group by policy_id order by 1;
