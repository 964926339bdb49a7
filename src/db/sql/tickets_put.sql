insert into tickets (store_id, ticket_id, kind, opened_at, buyer, order_id, left_message, recontact, wait_replied, wait_audited, urge, excused, last_at, facts)
select * from unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::text[], $6::text[], $7::bool[], $8::bool[], $9::bool[], $10::bool[], $11::bool[], $12::bool[], $13::timestamptz[], $14::text[])
on conflict (store_id, ticket_id) do update set kind = excluded.kind, opened_at = excluded.opened_at, buyer = excluded.buyer,
    order_id = excluded.order_id, left_message = excluded.left_message, recontact = excluded.recontact, wait_replied = excluded.wait_replied,
    wait_audited = excluded.wait_audited, urge = excluded.urge, excused = excluded.excused, last_at = excluded.last_at, facts = excluded.facts;
