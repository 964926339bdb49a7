-- by age; those after ($1, $2), at most $3
select key_id, role, stores, name, created_at from api_keys
where (created_at, key_id) > (coalesce($1, '-infinity'::timestamptz), coalesce($2, ''))
order by created_at, key_id limit $3;
