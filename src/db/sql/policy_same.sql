-- the version of policy $1 that the document $2 is: the newest one, or, for a shipped document ($3), one that was shipped before
select version from policies p
where policy_id = $1 and document = $2
    and case when $3 then shipped else version = (select max(version) from policies n where n.policy_id = $1) end
order by version desc limit 1;
