-- $1: the receiver wants no more; $2 says so
update subscriptions set active = false, reason = $2 where subscription_id = $1 and active;
