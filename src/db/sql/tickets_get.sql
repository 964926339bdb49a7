-- $1 stores, $2 tickets: those that exist
select u.n, t.facts
from unnest($1::text[], $2::text[]) with ordinality u(store_id, ticket_id, n)
cross join lateral (
    select facts from tickets t where t.store_id = u.store_id and t.ticket_id = u.ticket_id limit 1) t;
