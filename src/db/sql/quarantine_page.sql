-- by arrival, behind ($1, $2, $3, $4, $5); of every store ($6) or those of $7, only store $8 and source $9 unless null, at most $10
select store_id, source, event_id, encode(digest, 'hex'), received_at, reason, pointer, detail, body
from quarantine
where (received_at, store_id, source, event_id, digest) >
        (coalesce($1, '-infinity'::timestamptz), coalesce($2, ''), coalesce($3, ''), coalesce($4, ''), decode(coalesce($5, ''), 'hex'))
    and ($6 or store_id = any ($7::text[]))
    and ($8 is null or store_id = $8)
    and ($9 is null or source = $9)
order by received_at, store_id, source, event_id, digest limit $10;
