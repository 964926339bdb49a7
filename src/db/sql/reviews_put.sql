insert into reviews (store_id, review_id, at, buyer, order_id, active, last_at, facts)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[], $7::timestamptz[], $8::text[])
on conflict (store_id, review_id) do update set at = excluded.at, buyer = excluded.buyer, order_id = excluded.order_id, active = excluded.active,
    last_at = excluded.last_at, facts = excluded.facts;
