-- $1 now: the oldest day that each store is behind with, the oldest of all first
select n.store_id, d.day
from (select distinct on (store_id) store_id, time_zone from store_versions order by store_id, version desc) n
join (select store_id, (valid_from at time zone time_zone)::date as day from store_versions where version = 1) f using (store_id)
cross join lateral (
    select coalesce((select max(s.day) + 1 from score_days s where s.store_id = n.store_id), f.day) as day) d
where d.day < ($1 at time zone n.time_zone)::date
order by d.day, n.store_id;
