-- a store's snapshot of a day: see score_days; its category is the one in force at $3. A row that this transaction cannot see, because another process
-- was faster, ends it as a conflict (class 40).
insert into score_days (store_id, day, at, taken_at, category, policy_id, policy_version, status, points, base, bonus, star, peers, rank,
    factor_points, composite_points, metric_points, sums, valids, pendings)
values ($1, $2, $3, $4,
    (select category from store_versions where store_id = $1 and (valid_from <= $3 or version = 1) order by version desc limit 1),
    $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
on conflict do nothing;
