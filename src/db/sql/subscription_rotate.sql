-- $1: the secret is $2 now, the one before signs beside it until $3
update subscriptions set old_secret = secret, old_until = $3, secret = $2 where subscription_id = $1;
