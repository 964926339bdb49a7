-- $1 stores, $2 days, $3 the latest checkpoint concerned, $4 causes: what may be on the books, or be compared with later days that are
insert into verdicts_changed (store_id, day, cause)
select distinct u.store_id, u.day, u.cause
from unnest($1::text[], $2::date[], $3::timestamptz[], $4::int[]) u(store_id, day, last, cause)
where exists (select from store_watch w where w.store_id = u.store_id and w.judged_from < u.last + interval '29 days')
    or exists (select from verdicts v where v.store_id = u.store_id and v.day between u.day - 1 and u.day + 29);
