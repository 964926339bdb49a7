-- The first day that is not published of each category and policy version, where no snapshot is missing: neither of a store with those settings
-- now, nor of one that had them once, because which ones held on the day only its snapshot says.
select g.category, g.policy_id, g.policy_version, d.day
from (select distinct category, policy_id, policy_version from store_versions where category <> '') g
cross join lateral (
    select min(s.day + 0) as day from score_days s
    where s.category = g.category and s.policy_id = g.policy_id and s.policy_version = g.policy_version
        and s.day + 0 > coalesce((
            select max(b.day) from benchmarks b
            where b.category = g.category and b.policy_id = g.policy_id and b.policy_version = g.policy_version), '-infinity')) d
where d.day is not null and not exists (
    select from store_versions v
    join store_versions f on f.store_id = v.store_id and f.version = 1
    where v.category = g.category and v.policy_id = g.policy_id and v.policy_version = g.policy_version and v.category <> ''
        and (f.valid_from at time zone f.time_zone)::date <= d.day
        and (select s.day from score_days s where s.store_id = v.store_id and s.day = d.day) is null); -- a step down the index for each, never a hash of all
