-- $1 store: what it was judged by, oldest first, each with the instant from which it holds
select time_zone, policy_id, policy_version, valid_from from store_versions where store_id = $1 order by version;
