-- $1 stores, $2 days, $3 series, $4 hours, $5 changes
insert into waiting (store_id, day, series, hour, open)
select store_id, day, series, hour, open
from unnest($1::text[], $2::date[], $3::int[], $4::int[], $5::bigint[]) u(store_id, day, series, hour, open)
on conflict (store_id, series, hour, day) do update set open = waiting.open + excluded.open;
