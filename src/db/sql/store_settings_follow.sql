-- store $1 as it is, under version $2 of its policy and those that were in effect before it, each from its own instant on, whenever the store is
-- moved; where only the calendar is newer, from $4 on. Version $3 of the calendar
with latest as (select * from store_versions where store_id = $1 order by version desc limit 1),
due as (
    select p.version, p.valid_from from policies p join latest l using (policy_id)
    where p.version > l.policy_version and p.version <= $2
        and not exists (select from policies q where q.policy_id = p.policy_id and q.version > p.version and q.version <= $2 and q.valid_from <= p.valid_from)
    union all
    select policy_version, $4 from latest where policy_version = $2)
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services, policy_id, policy_version, calendar_version)
select l.store_id, l.version + row_number() over (order by d.version), greatest(d.valid_from, l.valid_from), l.name, l.category, l.time_zone,
    l.services, l.policy_id, d.version, $3
from latest l, due d;
