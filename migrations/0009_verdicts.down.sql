drop table store_watch;
drop table verdicts_changed;
drop table verdicts;
