insert into events (store_id, source, event_id, type, occurred_at, received_at, feed, through_at, entity, subject_id, data)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::timestamptz[], $9::int[], $10::text[], $11::text[]);
