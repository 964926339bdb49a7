insert into event_keys (store_id, source, event_id, digest, occurred_at, entity, subject_id)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::int[], $7::text[]);
