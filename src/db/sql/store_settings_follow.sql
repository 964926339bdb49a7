-- store $1 as it is, under version $2 of its policy and version $3 of the calendar from $4 on
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services, policy_id, policy_version, calendar_version)
select store_id, version + 1, greatest($4, valid_from), name, category, time_zone, services, policy_id, $2, $3
from store_versions where store_id = $1 order by version desc limit 1;
