-- $1 store, $2 scope, $3 instant: the reports that excuse by a period then, the earliest submission first
select report_id, period_from, period_to from delay_reports
where store_id = $1 and scope = $2 and approved_at is not null and period_from is not null and submitted_at <= $3 and (revoked_at is null or revoked_at > $3)
order by submitted_at, report_id;
