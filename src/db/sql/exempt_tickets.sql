-- $1 store, behind ($2, $3) or from the first, only ticket $4 unless null, periods $5 to $6 that are excused, at most $7: the tickets that
-- reports excuse, by opening
select ticket_id, opened_at, facts from (
    (select ticket_id, opened_at, facts from tickets
     where store_id = $1 and excused and ($4::text is null or ticket_id = $4)
         and ($2::timestamptz is null or (opened_at, ticket_id collate "C") > ($2, $3)) order by opened_at, ticket_id collate "C" limit $7)
    union
    select t.ticket_id, t.opened_at, t.facts from unnest($5::timestamptz[], $6::timestamptz[]) p(from_at, to_at)
    cross join lateral (
        select ticket_id, opened_at, facts from tickets
        where store_id = $1 and kind between 1 and 5 and opened_at >= p.from_at and opened_at < p.to_at and ($4::text is null or ticket_id = $4)
            and ($2::timestamptz is null or (opened_at, ticket_id collate "C") > ($2, $3)) order by opened_at, ticket_id collate "C" limit $7) t) e
order by opened_at, ticket_id collate "C" limit $7;
