-- $1 store: orders without an event
select order_id from orders o
where store_id = $1 and not exists (select from events e where e.store_id = o.store_id and e.entity = 0 and e.subject_id = o.order_id)
order by 1;
