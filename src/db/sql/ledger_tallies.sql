-- $1 store, $2 first day, $3 last day
select day, counts from tallies where store_id = $1 and day between $2 and $3;
