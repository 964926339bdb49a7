-- $1 stores: the newest settings of each
select u.n, s.time_zone, s.policy_id, s.policy_version, s.calendar_version, s.version, s.valid_from
from unnest($1::text[]) with ordinality u(store_id, n)
cross join lateral (
    select time_zone, policy_id, policy_version, calendar_version, version, valid_from from store_versions v
    where v.store_id = u.store_id order by v.version desc limit 1) s;
