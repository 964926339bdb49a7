-- $1 store, $2 instant: the periods that approved reports excuse at it, as excused_take reads them
select array_agg(p.part order by r.report_id, p.n) from delay_reports r
cross join lateral unnest(array[r.scope, (extract(epoch from r.period_from) * 1000000)::bigint, (extract(epoch from r.period_to) * 1000000)::bigint])
    with ordinality p(part, n)
where r.store_id = $1 and r.approved_at is not null and r.period_from is not null and r.submitted_at <= $2
    and (r.revoked_at is null or r.revoked_at > $2);
