-- $1 store, $2 policy, $3 version, $4 instant: what had been published last
select r.peers, r.rank, r.factor_ranks::bigint[], (
    select b.numbers from benchmarks b
    where b.category = r.category and b.policy_id = r.policy_id and b.policy_version = r.policy_version and b.day = r.day)
from (
    select * from ranks
    where store_id = $1 and policy_id = $2 and policy_version = $3 and published_at <= $4
    order by published_at desc, day desc limit 1) r;
