-- $1 store: every ticket that was heard of since $2 (null: all)
select ticket_id, facts, recontact from tickets where store_id = $1 and last_at >= coalesce($2, '-infinity');
