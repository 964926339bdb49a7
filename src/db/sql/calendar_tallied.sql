-- $1 version of the calendar: how many stores there are, and how many are counted by it
select count(*), count(*) filter (where calendar_version >= $1) from (
    select distinct on (store_id) calendar_version from store_versions order by store_id, version desc) s;
