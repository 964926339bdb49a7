insert into events (store_id, source, event_id, type, occurred_at, received_at, feed, through_at, order_id, data)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::timestamptz[], $9::text[], $10::text[]);
