-- $1 store; $2 first hour of the series by t0, $3 of the series by promise
select series, day, hour, open from waiting where store_id = $1 and series = 0 and hour >= $2 and open <> 0
union all
select series, day, hour, open from waiting where store_id = $1 and series = 1 and hour >= $2 and open <> 0
union all
select series, day, hour, open from waiting where store_id = $1 and series = 2 and hour >= $3 and open <> 0;
