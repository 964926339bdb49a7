-- $1 category, $2 policy: the newest day ($3) or day $4
select policy_version, day, published_at, stores, numbers
from benchmarks
where category = $1 and policy_id = $2 and ($3 or day = $4)
order by day desc, policy_version desc limit 1;
