-- $1 stores: the place of the first that does not exist
select n from unnest($1::text[]) with ordinality u(store_id, n)
where not exists (select from store_versions v where v.store_id = u.store_id and v.version = 1)
order by n limit 1;
