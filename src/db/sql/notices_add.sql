-- $1 store, $2 types, $3 instants, $4 recorded at, $5 data: in this order, behind what the store has
with head as (
    insert into notification_heads (store_id, seq) values ($1, cardinality($2::text[]))
    on conflict (store_id) do update set seq = notification_heads.seq + excluded.seq
    returning seq)
insert into notifications (store_id, seq, type, at, recorded_at, data)
select $1, head.seq - cardinality($2::text[]) + u.n, u.type, u.at, $4, u.data
from head, unnest($2::text[], $3::timestamptz[], $5::text[]) with ordinality u(type, at, data, n);
