-- $1 store; $2 series by t0, from hour $3; $4 series by a mark, from hour $5
select w.series, w.day, w.hour, w.open from unnest($2::int[]) s(series) cross join lateral (
    select series, day, hour, open from waiting w where store_id = $1 and w.series = s.series and hour >= $3 and open <> 0) w
union all
select w.series, w.day, w.hour, w.open from unnest($4::int[]) s(series) cross join lateral (
    select series, day, hour, open from waiting w where store_id = $1 and w.series = s.series and hour >= $5 and open <> 0) w;
