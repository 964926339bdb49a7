-- $1 store
select day, series, hour, open from waiting where store_id = $1 order by series, hour, day;
