-- $1 stores, $2 days, $3 counts as array literals
insert into tallies (store_id, day, counts)
select store_id, day, counts::bigint[] from unnest($1::text[], $2::date[], $3::text[]) u(store_id, day, counts)
on conflict (store_id, day) do update set counts = excluded.counts;
