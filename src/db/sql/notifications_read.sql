-- $1 store: everything through $2 was read at $3
update notifications set read_at = $3 where store_id = $1 and seq <= $2 and read_at is null;
