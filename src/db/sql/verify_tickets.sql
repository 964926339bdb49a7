-- $1 store: tickets without an event
select ticket_id from tickets t
where store_id = $1 and not exists (select from events e where e.store_id = t.store_id and e.entity = 1 and e.subject_id = t.ticket_id)
order by 1;
