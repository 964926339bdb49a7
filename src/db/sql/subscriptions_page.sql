-- by age; those after ($1, $2) that the key may see ($3, $4: see subscription_get), at most $5
select subscription_id, name, url, stores, types, active, reason, rests_until, old_until, created_by, created_at
from subscriptions
where (created_at, subscription_id) > (coalesce($1, '-infinity'::timestamptz), coalesce($2, ''))
    and ($3 or (of_merchant and stores <@ $4::text[]))
order by created_at, subscription_id limit $5;
