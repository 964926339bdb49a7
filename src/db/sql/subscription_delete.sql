-- $1 and what was to be sent for it
with outbox as (delete from deliveries where subscription_id = $1)
delete from subscriptions where subscription_id = $1;
