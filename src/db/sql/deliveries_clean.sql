-- what was delivered before $1, and what was added while its subscription was being removed
with orphans as (
    delete from deliveries d
    where state = 'pending' and not exists (select from subscriptions s where s.subscription_id = d.subscription_id))
delete from deliveries where state = 'delivered' and done_at < $1;
