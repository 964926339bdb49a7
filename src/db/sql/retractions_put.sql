-- The earliest retraction of an event holds.
insert into retractions (store_id, source, event_id, retracted_at)
select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
on conflict (store_id, source, event_id) do update set retracted_at = least(retractions.retracted_at, excluded.retracted_at);
