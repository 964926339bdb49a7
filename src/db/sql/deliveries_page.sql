-- of subscription $1, newest first, before ($2, $3), only in state $4 unless null, at most $5
select d.delivery_id, d.store_id, d.seq, n.type, d.state, d.attempts, d.created_at, d.attempted_at, d.status, d.error, d.next_at, d.done_at
from deliveries d join notifications n on n.store_id = d.store_id and n.seq = d.seq
where d.subscription_id = $1 and (d.created_at, d.delivery_id) < (coalesce($2, 'infinity'::timestamptz), coalesce($3, ''))
    and ($4 is null or d.state = $4)
order by d.created_at desc, d.delivery_id desc limit $5;
