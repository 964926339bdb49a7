-- $1 definitions; appended in their order behind the last slot. The caller holds the lock.
insert into measures (slot, definition)
select (select coalesce(max(slot), -1) from measures) + row_number() over (order by n), definition
from unnest($1::text[]) with ordinality u(definition, n)
where not exists (select from measures m where m.definition = u.definition);
