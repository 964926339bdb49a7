-- $1 store, $2 types, $3 instants, $4 recorded at, $5 data: in this order, behind what the store has; and what has to be sent of them: to the
-- active subscriptions that want them, or to $6 alone unless it is null
with head as (
    insert into notification_heads (store_id, seq) values ($1, cardinality($2::text[]))
    on conflict (store_id) do update set seq = notification_heads.seq + excluded.seq
    returning seq),
added as (
    insert into notifications (store_id, seq, type, at, recorded_at, data)
    select $1, head.seq - cardinality($2::text[]) + u.n, u.type, u.at, $4, u.data
    from head, unnest($2::text[], $3::timestamptz[], $5::text[]) with ordinality u(type, at, data, n)
    returning seq, type),
wanted as (
    select subscription_id, types from subscriptions where active and stores is null and $6::text is null
    union all
    select subscription_id, types from subscriptions where active and stores @> array[$1] and $6::text is null
    union all
    select $6::text, null where $6::text is not null)
insert into deliveries (store_id, seq, subscription_id, delivery_id, state, attempts, next_at, created_at)
select $1, a.seq, w.subscription_id, left(encode(sha256(convert_to(w.subscription_id || ' ' || a.seq || ' ' || $1, 'UTF8')), 'hex'), 32),
    'pending', 0, $4, $4
from added a join wanted w on w.types is null or a.type = any (w.types);
