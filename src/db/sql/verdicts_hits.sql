-- $1 store: what stands and restricts, of checkpoints after $2
select kind, coalesce(percent, 0) as percent, day, checkpoint, lifts_at from verdicts
where store_id = $1 and kind is not null and ended_at is null and checkpoint > $2;
