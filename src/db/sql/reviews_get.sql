-- $1 stores, $2 reviews: those that exist
select u.n, r.facts
from unnest($1::text[], $2::text[]) with ordinality u(store_id, review_id, n)
cross join lateral (
    select facts from reviews r where r.store_id = u.store_id and r.review_id = u.review_id limit 1) r;
