-- $1 store, behind ($2, $3) or from the newest, status in $4 unless that is empty, id $5 unless null, at most $6: reports and what was filed
select r.report_id, r.status, r.submitted_at, f.data
from delay_reports r
cross join lateral (
    select data from events e where e.store_id = r.store_id and e.source = 'windvane' and e.event_id collate "C" = r.report_id limit 1) f
where r.store_id = $1 and r.submitted_at is not null
    and ($2::timestamptz is null or (r.submitted_at, r.report_id) < ($2, $3))
    and (cardinality($4::int[]) = 0 or r.status = any ($4)) and ($5::text is null or r.report_id = $5)
order by r.submitted_at desc, r.report_id desc limit $6;
