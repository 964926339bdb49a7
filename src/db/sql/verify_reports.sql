-- $1 store: delay reports without an event
select report_id from delay_reports r
where store_id = $1 and not exists (select from events e where e.store_id = r.store_id and e.entity = 3 and e.subject_id = r.report_id)
order by 1;
