-- $1 store, $2 instant: the settings in force at it, before the first version the first
select version, time_zone, policy_id, policy_version,
    version = (select max(version) from store_versions where store_id = $1) as latest, services, category
from store_versions
where store_id = $1 and (valid_from <= $2 or version = 1)
order by version desc limit 1;
