-- no row: another process has published it
insert into benchmarks (category, policy_id, policy_version, day, published_at, stores, numbers)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing returning day;
