-- $1 store
select day, counts from tallies where store_id = $1 order by day;
