-- $1 store: reviews without an event
select review_id from reviews r
where store_id = $1 and not exists (select from events e where e.store_id = r.store_id and e.entity = 2 and e.subject_id = r.review_id)
order by 1;
