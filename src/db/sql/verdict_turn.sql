-- $1 store, $2 now: how far it has been judged, for the one who looks at it now; no row while somebody else does, or while the store is not yet moved
-- to a policy version that is in effect
select judged_from, judged_through, look_at, level, advisory from store_watch
where store_id = $1 and (select pg_try_advisory_xact_lock(1986359908, hashtext($1))) -- "verd"; pairs of keys are apart from the stores' locks
    and not exists (
        select from (select policy_id, policy_version from store_versions where store_id = $1 order by version desc limit 1) s
        join policies p on p.policy_id = s.policy_id and p.version > s.policy_version and p.valid_from <= $2);
