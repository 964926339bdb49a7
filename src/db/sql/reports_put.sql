insert into delay_reports (store_id, report_id, status, scope, submitted_at, period_from, period_to, approved_at, revoked_at, last_at, facts)
select * from unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[])
on conflict (store_id, report_id) do update set status = excluded.status, scope = excluded.scope, submitted_at = excluded.submitted_at,
    period_from = excluded.period_from, period_to = excluded.period_to, approved_at = excluded.approved_at, revoked_at = excluded.revoked_at,
    last_at = excluded.last_at, facts = excluded.facts;
