select facts from orders where store_id = $1;
