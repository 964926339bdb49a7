-- $4 whether the key is for the stores $5 only
insert into api_keys (key_id, hash, role, stores, name, created_at)
values ($1, $2, $3, case when $4 then $5::text[] end, $6, $7);
