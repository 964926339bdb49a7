update orders o set t0 = u.t0, promise_at = u.promise_at, last_at = u.last_at, wait_collected = u.wait_collected, wait_delivered = u.wait_delivered, retracted = u.retracted, facts = u.facts
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::bool[], $7::bool[], $8::bool[], $9::text[])
    u(store_id, order_id, t0, promise_at, last_at, wait_collected, wait_delivered, retracted, facts)
where o.store_id = u.store_id and o.order_id = u.order_id;
