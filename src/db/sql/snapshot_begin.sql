-- $1 store, $2 day: the store's settings, oldest first, for the one who takes this snapshot; none when it is there or somebody else is about it
select time_zone, valid_from
from store_versions
where store_id = $1
    and (select pg_try_advisory_xact_lock(1935962489, hashtext($1))) -- "sday"; pairs of keys are apart from the stores' locks
    and not exists (select from score_days where store_id = $1 and day = $2)
order by version;
