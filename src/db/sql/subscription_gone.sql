-- $1: the receiver at $3 wants no more; $2 says so. No row: the subscription has another address by now
update subscriptions set active = false, reason = case when active then $2 else reason end where subscription_id = $1 and url = $3
returning subscription_id;
