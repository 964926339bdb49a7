-- $1 now: a number that grows whenever a policy version or a calendar takes effect
select (select count(*) from policies where valid_from <= $1 or version = 1) + (select coalesce(max(version), 0) from calendars);
