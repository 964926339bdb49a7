-- $1 store: how far it has been judged, for the one who looks at it now; no row while somebody else does
select judged_from, judged_through, look_at, level, advisory from store_watch
where store_id = $1 and (select pg_try_advisory_xact_lock(1986359908, hashtext($1))); -- "verd"; pairs of keys are apart from the stores' locks
