-- the newest settings of stores behind $1: every one ($2) or those of $3; at most $4
select s.store_id, v.name, v.category, v.time_zone, v.policy_id, v.services
from store_versions s
cross join lateral (
    select name, category, time_zone, policy_id, services from store_versions v
    where v.store_id = s.store_id order by v.version desc limit 1) v
where s.version = 1 and s.store_id > coalesce($1, '') and ($2 or s.store_id = any ($3::text[]))
order by s.store_id limit $4;
