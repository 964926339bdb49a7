-- $1 to $5 as in benchmarks_add; stores $6, their peers $7, ranks $8, and for each store $10 ranks of factors in a row $9
insert into ranks (store_id, day, published_at, category, policy_id, policy_version, peers, rank, factor_ranks)
select s.store_id, $4, $5, $1, $2, $3, s.peers, s.rank, ($9::int[])[((s.i - 1) * $10)::int + 1 : (s.i * $10)::int]
from unnest($6::text[], $7::int[], $8::int[]) with ordinality s(store_id, peers, rank, i);
