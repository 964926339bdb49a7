-- the newest settings of store $1, and whether they are $2 name, $3 category, $4 time zone, $5 services, $6 policy
select time_zone, policy_id, policy_version, calendar_version,
    (name, category, time_zone, services, policy_id) = ($2, $3, $4, $5::text[], $6) as same
from store_versions where store_id = $1 order by version desc limit 1;
