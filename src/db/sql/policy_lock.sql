-- versions of policy $1 are given one at a time
select pg_advisory_xact_lock(2003398754, hashtext($1));
