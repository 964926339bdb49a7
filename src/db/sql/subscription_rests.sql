-- $1: the receiver at $3 wants nothing until $2. No row: the subscription has another address by now
update subscriptions set rests_until = greatest(rests_until, $2) where subscription_id = $1 and url = $3
returning subscription_id;
