delete from api_keys where key_id = $1 returning key_id;
