-- $1 stores; $2 to $3: the courier feed spoke of then, so that it was not as silent at checkpoints of that time; $4: some of what it said is absent
-- from then on; $5 the last checkpoint. What stands is found by its rows; who is about to judge that checkpoint may not have seen this, so
-- that all that he may judge is marked.
with u as (select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
    u(store_id, earliest, latest, retracted, last))
insert into verdicts_changed (store_id, day, cause)
select distinct v.store_id, v.day, 1
from u join verdicts v on v.store_id = u.store_id and v.checkpoint between u.earliest and u.latest and v.stale and v.ended_at is null
union all
select distinct v.store_id, v.day, 2
from u join verdicts v on v.store_id = u.store_id and v.checkpoint >= u.retracted and v.ended_at is null
union all
select u.store_id, d::date, case when u.retracted is null then 1 else 2 end
from u join store_watch w on w.store_id = u.store_id and w.judged_through < u.last
cross join generate_series(date_trunc('day', w.judged_through - interval '32 days'), u.last + interval '1 day', interval '1 day') d;
