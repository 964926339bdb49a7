-- $1 id, $2 key, $3 made by a merchant, $4 name, $5 url, $6 whether for all stores, $7 else which, $8 whether all types, $9 else which, $10 active,
-- $11 secret, $12 now; no row: a merchant's key has $13 already
insert into subscriptions (subscription_id, created_by, of_merchant, name, url, stores, types, active, secret, created_at)
select $1, $2, $3, $4, $5, case when not $6 then $7::text[] end, case when not $8 then $9::text[] end, $10, $11, $12
where not $3 or (select count(*) from subscriptions where created_by = $2) < $13
returning subscription_id;
