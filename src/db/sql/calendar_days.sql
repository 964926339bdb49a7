-- The first instant of every day of zone $1. A midnight that a clock change skips reads with the offset before it, which is the day's first instant; one that comes
-- twice reads as the second one, so the first is looked for up to two hours earlier.
select d::date as day, least(
    s, case when ((s - interval '30 minutes') at time zone $1)::date >= d::date then s - interval '30 minutes' end,
    case when ((s - interval '1 hour') at time zone $1)::date >= d::date then s - interval '1 hour' end,
    case when ((s - interval '2 hours') at time zone $1)::date >= d::date then s - interval '2 hours' end) as starts_at
from generate_series(timestamp '1995-01-01', timestamp '2105-01-01', interval '1 day') d, lateral (select d at time zone $1) t(s)
where exists (select from pg_timezone_names where name = $1)
order by 1;
