-- One runner at a time, for the length of a run of several transactions.
select pg_advisory_lock($1);
