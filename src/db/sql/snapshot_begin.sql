-- $1 store, $2 day: a row for the one who takes this snapshot; none when it is there or somebody else is about it
select 1
where (select pg_try_advisory_xact_lock(1935962489, hashtext($1))) -- "sday"; pairs of keys are apart from the stores' locks
    and not exists (select from score_days where store_id = $1 and day = $2);
