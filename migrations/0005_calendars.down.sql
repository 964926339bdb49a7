-- Settings go on as they are; counts that a calendar has taken out come back with the next rebuild.
alter table store_versions drop column calendar_version;
drop table calendars;
