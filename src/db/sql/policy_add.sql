-- the next version of policy $1: $2 document, $3 shipped, $4 from when on. The first version holds before its instant too, so it holds no other back.
insert into policies (policy_id, version, valid_from, shipped, document)
select $1, coalesce(max(version), 0) + 1, greatest($4, max(valid_from) filter (where version > 1)), $3, $2
from policies where policy_id = $1
returning version;
