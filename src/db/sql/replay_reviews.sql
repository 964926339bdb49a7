-- $1 store: every review that was heard of since $2 (null: all)
select review_id, facts from reviews where store_id = $1 and last_at >= coalesce($2, '-infinity');
