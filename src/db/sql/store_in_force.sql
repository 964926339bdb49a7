-- $1 store, $2 instant: the settings in force at it, before the first version the first; and the calendar that the store is counted by now
select v.time_zone, v.policy_id, v.policy_version, v.version = n.version as latest, v.services, n.calendar_version
from store_versions v
cross join (select version, calendar_version from store_versions where store_id = $1 order by version desc limit 1) n
where v.store_id = $1 and (v.valid_from <= $2 or v.version = 1)
order by v.version desc limit 1;
