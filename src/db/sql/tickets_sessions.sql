-- $1 stores, $2 buyers, $3 since, $4 until: chat sessions of the buyer that were opened by then and heard of since then
select distinct t.store_id, t.ticket_id, t.facts
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) u(store_id, buyer, since, until)
cross join lateral (
    (select store_id, ticket_id, facts from tickets t
     where t.store_id = u.store_id and t.buyer = u.buyer and t.kind = 7 and t.opened_at >= u.since - interval '1 hour' and t.opened_at <= u.until
         and t.last_at >= u.since)
    union all
    (select store_id, ticket_id, facts from tickets t
     where t.store_id = u.store_id and t.buyer = u.buyer and t.kind = 7 and t.last_at - t.opened_at > interval '1 hour'
         and t.last_at >= u.since and t.opened_at < u.since - interval '1 hour')) t;
