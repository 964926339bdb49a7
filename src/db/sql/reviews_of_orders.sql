-- $1 stores, $2 orders: the reviews of them
select r.store_id, r.review_id, r.facts
from unnest($1::text[], $2::text[]) u(store_id, order_id)
cross join lateral (
    select store_id, review_id, facts from reviews r where r.store_id = u.store_id and r.order_id = u.order_id) r;
