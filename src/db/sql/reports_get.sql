-- $1 stores, $2 delay reports: those that exist
select u.n, r.facts
from unnest($1::text[], $2::text[]) with ordinality u(store_id, report_id, n)
cross join lateral (
    select facts from delay_reports r where r.store_id = u.store_id and r.report_id = u.report_id limit 1) r;
