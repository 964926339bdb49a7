-- the newest settings of a store
select store_id, name, category, time_zone, policy_id, services
from store_versions where store_id = $1 order by version desc limit 1;
