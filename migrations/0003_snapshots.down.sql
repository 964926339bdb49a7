drop index store_versions_category;
drop table ranks, benchmarks, score_days;
