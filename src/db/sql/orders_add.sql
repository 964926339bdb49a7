insert into orders (store_id, order_id, t0, promise_at, last_at, wait_collected, wait_delivered, retracted, facts)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bool[], $7::bool[], $8::bool[], $9::text[]);
