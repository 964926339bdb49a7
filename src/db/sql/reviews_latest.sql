-- $1 stores, $2 buyers, $3 how many: the buyer's latest active reviews
select r.store_id, r.review_id, r.facts
from unnest($1::text[], $2::text[], $3::int[]) u(store_id, buyer, most)
cross join lateral (
    select store_id, review_id, facts from reviews r
    where r.store_id = u.store_id and r.buyer = u.buyer and r.active order by r.at desc, r.review_id desc limit u.most) r;
