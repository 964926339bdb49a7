-- $1: the receiver wants nothing until $2
update subscriptions set rests_until = $2 where subscription_id = $1 and (rests_until is null or rests_until < $2);
