select key_id, role, coalesce(array_to_string(stores, ','), 'all stores'), name from api_keys order by created_at, key_id;
