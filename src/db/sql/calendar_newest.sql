select version, document from calendars order by version desc limit 1;
