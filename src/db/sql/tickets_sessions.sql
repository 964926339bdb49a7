-- $1 stores, $2 buyers, $3 since: chat sessions of the buyer that were heard of since then
select distinct t.store_id, t.ticket_id, t.facts
from unnest($1::text[], $2::text[], $3::timestamptz[]) u(store_id, buyer, since)
cross join lateral (
    select store_id, ticket_id, facts from tickets t
    where t.store_id = u.store_id and t.buyer = u.buyer and t.last_at >= u.since and t.kind = 7) t;
