-- $1 store: its zones, oldest first, each with the instant from which it holds
select time_zone, valid_from from store_versions where store_id = $1 order by version;
