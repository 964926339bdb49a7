-- $1 stores and $2 the number up to which each stream has its notifications: at most $3 of what came after, by store and number
select n.store_id, n.seq, n.type, n.at, n.recorded_at, n.data
from (select store_id, min(seq) as seq from unnest($1::text[], $2::bigint[]) u(store_id, seq) group by store_id) f
cross join lateral (
    select * from notifications n where n.store_id = f.store_id and n.seq > f.seq order by n.seq limit $3) n
order by n.store_id, n.seq;
