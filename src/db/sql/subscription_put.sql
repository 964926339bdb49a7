-- $1: $2 name, $3 url, $4 whether for all stores, $5 else which, $6 whether all types, $7 else which, $8 active: what switched it off is forgotten
update subscriptions set name = $2, url = $3, stores = case when not $4 then $5::text[] end, types = case when not $6 then $7::text[] end,
    active = $8, reason = null, rests_until = null, answers = answers and url = $3
where subscription_id = $1;
