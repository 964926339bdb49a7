-- the next version of policy $1: $2 document, $3 shipped, $4 now
insert into policies (policy_id, version, valid_from, shipped, document)
select $1, coalesce(max(version), 0) + 1, greatest($4, max(valid_from)), $3, $2
from policies where policy_id = $1
returning version;
