select key_id, role, stores from api_keys where hash = $1;
