-- $1 stores: the newest settings of each, and the periods that approved reports excuse: scope, from, to (microseconds since the epoch) one after
-- the other
select u.n, s.time_zone, s.policy_id, s.policy_version, s.calendar_version, s.version, s.valid_from, e.excused
from unnest($1::text[]) with ordinality u(store_id, n)
cross join lateral (
    select time_zone, policy_id, policy_version, calendar_version, version, valid_from from store_versions v
    where v.store_id = u.store_id order by v.version desc limit 1) s
cross join lateral (
    select array_agg(p.part order by r.report_id, p.n) as excused from delay_reports r
    cross join lateral unnest(array[r.scope, (extract(epoch from r.period_from) * 1000000)::bigint, (extract(epoch from r.period_to) * 1000000)::bigint])
        with ordinality p(part, n)
    where r.store_id = u.store_id and r.approved_at is not null and r.period_from is not null and r.revoked_at is null) e;
