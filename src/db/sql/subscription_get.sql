-- $1, if the key covers all stores ($2), or it is a merchant's and for no other stores than $3
select subscription_id, name, url, stores, types, active, reason, rests_until, old_until, created_by, created_at
from subscriptions where subscription_id = $1 and ($2 or (of_merchant and stores <@ $3::text[]));
