-- $1: whether the receiver at $2 answers is $3
update subscriptions set answers = $3 where subscription_id = $1 and url = $2 and answers <> $3;
