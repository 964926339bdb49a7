-- delivery $2 of subscription $1 is due again at $3, with all its attempts
with again as (
    update deliveries set state = 'pending', attempts = 0, next_at = $3, done_at = null where subscription_id = $1 and delivery_id = $2
    returning *)
select d.delivery_id, d.store_id, d.seq, n.type, d.state, d.attempts, d.created_at, d.attempted_at, d.status, d.error, d.next_at, d.done_at
from again d join notifications n on n.store_id = d.store_id and n.seq = d.seq;
