delete from waiting where store_id = $1;
