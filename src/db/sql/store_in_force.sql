-- $1 store, $2 instant: the settings in force at it, before the first version the first; the calendar that the store is counted by now; and the
-- periods that approved reports excuse at it: scope, from, to (microseconds since the epoch) one after the other
select v.time_zone, v.policy_id, v.policy_version, v.version = n.version as latest, v.services, n.calendar_version, e.excused
from store_versions v
cross join (select version, calendar_version from store_versions where store_id = $1 order by version desc limit 1) n
cross join (
    select array_agg(p.part order by r.report_id, p.n) as excused from delay_reports r
    cross join lateral unnest(array[r.scope, (extract(epoch from r.period_from) * 1000000)::bigint, (extract(epoch from r.period_to) * 1000000)::bigint])
        with ordinality p(part, n)
    where r.store_id = $1 and r.approved_at is not null and r.period_from is not null and r.submitted_at <= $2
        and (r.revoked_at is null or r.revoked_at > $2)) e
where v.store_id = $1 and (v.valid_from <= $2 or v.version = 1)
order by v.version desc limit 1;
