-- of subscription $2 among those of store $1
select d.delivery_id, d.store_id, d.seq, n.type, d.state, d.attempts, d.created_at, d.attempted_at, d.status, d.error, d.next_at, d.done_at
from deliveries d join notifications n on n.store_id = d.store_id and n.seq = d.seq
where d.store_id = $1 and d.subscription_id = $2
order by d.seq desc limit 1;
