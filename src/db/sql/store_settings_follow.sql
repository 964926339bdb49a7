-- store $1 as it is, under version $2 of its policy from $3 on
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services, policy_id, policy_version)
select store_id, version + 1, greatest($3, valid_from), name, category, time_zone, services, policy_id, $2
from store_versions where store_id = $1 order by version desc limit 1;
