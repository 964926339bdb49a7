-- $1 store: judged through $2, to be looked at again at $3; of level $4, advisory $5, told at $6
update store_watch set judged_through = greatest(judged_through, $2), look_at = $3, level = $4, advisory = $5,
    level_since = case when level = $4 and advisory = $5 then level_since else $6 end
where store_id = $1;
