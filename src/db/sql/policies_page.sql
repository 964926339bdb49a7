-- the policies behind $1, at most $2
select policy_id, max(version) as version from policies
where policy_id > coalesce($1, '') group by policy_id order by policy_id limit $2;
