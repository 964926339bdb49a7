select key_id, role, stores, name, created_at from api_keys where key_id = $1;
