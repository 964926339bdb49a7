-- the next version of store $1: $2 name, $3 category, $4 time zone, $5 services, $6 policy, $7 its version, $8 calendar version, $9 now
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services, policy_id, policy_version, calendar_version)
select $1, coalesce(max(version), 0) + 1, greatest($9, max(valid_from)), $2, $3, $4, $5::text[], $6, $7, $8
from store_versions where store_id = $1;
