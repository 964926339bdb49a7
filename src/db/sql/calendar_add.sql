-- the next version of the calendar: $1 document, $2 now
insert into calendars (version, valid_from, document)
select coalesce(max(version), 0) + 1, greatest($2, max(valid_from)), $1 from calendars
returning version;
