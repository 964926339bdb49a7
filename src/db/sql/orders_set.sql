update orders o set t0 = u.t0, promise_at = u.promise_at, deliver_by = u.deliver_by, last_at = u.last_at, wait_collected = u.wait_collected,
    wait_delivered = u.wait_delivered, wait_shipped = u.wait_shipped, exempt = u.exempt, retracted = u.retracted, facts = u.facts
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::bool[], $8::bool[], $9::bool[], $10::bool[], $11::bool[], $12::text[])
    u(store_id, order_id, t0, promise_at, deliver_by, last_at, wait_collected, wait_delivered, wait_shipped, exempt, retracted, facts)
where o.store_id = u.store_id and o.order_id = u.order_id;
