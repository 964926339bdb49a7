-- $1 now: the stores that are to be looked at, or of which something changed that was judged already
select store_id from store_watch where look_at <= $1
union
select store_id from verdicts_changed;
