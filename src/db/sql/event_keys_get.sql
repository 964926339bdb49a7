-- $1 stores, $2 sources, $3 ids: what is known of each identity
select u.n, k.digest, k.entity, k.subject_id, r.retracted_at
from unnest($1::text[], $2::text[], $3::text[]) with ordinality u(store_id, source, event_id, n)
left join lateral (
    select digest, entity, subject_id from event_keys k
    where k.store_id = u.store_id and k.source = u.source and k.event_id = u.event_id limit 1) k on true
left join lateral (
    select retracted_at from retractions r
    where r.store_id = u.store_id and r.source = u.source and r.event_id = u.event_id limit 1) r on true
where k.digest is not null or r.retracted_at is not null;
