-- which of the keys $1 are still there
select key_id from api_keys where key_id = any ($1::text[]);
