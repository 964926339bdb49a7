-- $1 store, behind ($2, $3) or from the first, only order $4 unless null, periods $5 to $6 that are excused, at most $7: the orders that reports
-- excuse, by t0
select order_id, t0, facts from (
    (select order_id, t0, facts from orders
     where store_id = $1 and exempt and ($4::text is null or order_id = $4)
         and ($2::timestamptz is null or (t0, order_id collate "C") > ($2, $3)) order by t0, order_id collate "C" limit $7)
    union
    select o.order_id, o.t0, o.facts from unnest($5::timestamptz[], $6::timestamptz[]) p(from_at, to_at)
    cross join lateral (
        select order_id, t0, facts from orders
        where store_id = $1 and t0 >= p.from_at and t0 < p.to_at and ($4::text is null or order_id = $4)
            and ($2::timestamptz is null or (t0, order_id collate "C") > ($2, $3)) order by t0, order_id collate "C" limit $7) o) e
order by t0, order_id collate "C" limit $7;
