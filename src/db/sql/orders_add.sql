insert into orders (store_id, order_id, t0, promise_at, deliver_by, last_at, wait_collected, wait_delivered, wait_shipped, exempt, retracted, facts)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::bool[], $8::bool[], $9::bool[], $10::bool[], $11::bool[], $12::text[]);
