-- $1 store, $2 from, $3 to: the periods that reports excused by what was known at `to`, as excused_take reads them; and whether any report was
-- decided between the two
select (select array_agg(p.part order by r.report_id, p.n) from delay_reports r
        cross join lateral unnest(array[r.scope, (extract(epoch from r.period_from) * 1000000)::bigint, (extract(epoch from r.period_to) * 1000000)::bigint])
            with ordinality p(part, n)
        where r.store_id = $1 and r.approved_at <= $3 and r.period_from is not null and (r.revoked_at is null or r.revoked_at > $3)) as excused,
    exists (select from delay_reports r where r.store_id = $1 and r.last_at > $2 and r.submitted_at <= $3) as decided;
