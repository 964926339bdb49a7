-- $1 version
select document from calendars where version = $1;
