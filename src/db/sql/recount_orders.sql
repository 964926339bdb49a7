select order_id, facts from orders where store_id = $1;
