-- versions of the calendar are given one at a time
select pg_advisory_xact_lock(7162247361432745505);
