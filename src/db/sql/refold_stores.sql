-- Every store that has settings or rows.
select store_id from store_versions group by store_id
union select store_id from events group by store_id
union select store_id from orders group by store_id
union select store_id from tickets group by store_id
union select store_id from reviews group by store_id
union select store_id from delay_reports group by store_id
union select store_id from tallies group by store_id
union select store_id from waiting group by store_id
order by 1;
