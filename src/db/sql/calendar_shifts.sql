-- The offsets of zone $1 from UTC in seconds, each with the first instant that has it (to the quarter of an hour that clocks change by).
with days as (
    select t, extract(epoch from (t at time zone $1) - (t at time zone 'UTC'))::int as offset_s
    from generate_series(timestamptz '1994-12-01 00:00Z', timestamptz '2105-02-01 00:00Z', interval '1 day') t),
changes as (
    select t, offset_s, lag(offset_s) over (order by t) as before_s from days)
select coalesce((
    select min(q) from generate_series(t - interval '1 day', t, interval '15 minutes') q
    where extract(epoch from (q at time zone $1) - (q at time zone 'UTC'))::int = offset_s), t) as from_at, offset_s
from changes where before_s is distinct from offset_s order by 1;
