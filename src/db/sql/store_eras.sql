-- $1 store: what it was judged by, oldest first, each with the instant from which it holds; and the periods that approved reports excuse by what is
-- known now, as excused_take reads them
select v.time_zone, v.policy_id, v.policy_version, v.valid_from, e.excused
from store_versions v
cross join (
    select array_agg(p.part order by r.report_id, p.n) as excused from delay_reports r
    cross join lateral unnest(array[r.scope, (extract(epoch from r.period_from) * 1000000)::bigint, (extract(epoch from r.period_to) * 1000000)::bigint])
        with ordinality p(part, n)
    where r.store_id = $1 and r.approved_at is not null and r.period_from is not null and r.revoked_at is null) e
where v.store_id = $1 order by v.version;
