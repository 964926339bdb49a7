-- $1 stores, $2 from, $3 to: the courier feed spoke of then, so that it was not as silent at checkpoints of that time; $4 stores, $5 from: signs
-- of life were retracted from then on
insert into verdicts_changed (store_id, day, cause)
select distinct v.store_id, v.day, 1
from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) u(store_id, earliest, latest)
join verdicts v on v.store_id = u.store_id and v.checkpoint between u.earliest and u.latest and v.stale and v.ended_at is null
union all
select distinct v.store_id, v.day, 2
from unnest($4::text[], $5::timestamptz[]) u(store_id, earliest)
join verdicts v on v.store_id = u.store_id and v.checkpoint >= u.earliest and v.ended_at is null;
