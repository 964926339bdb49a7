-- $1 store, a new one
insert into store_watch (store_id, judged_from, judged_through, look_at, level, advisory, level_since)
select store_id, valid_from, valid_from, valid_from, 0, false, valid_from from store_versions where store_id = $1 and version = 1;
