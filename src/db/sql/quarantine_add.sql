insert into quarantine (store_id, source, event_id, digest, received_at, reason, pointer, detail, body)
select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[])
on conflict (store_id, source, event_id, digest) do nothing;
