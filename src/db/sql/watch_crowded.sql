-- $1 now, $2: whether so many stores are to be looked at
select count(*) = $2 from (select from store_watch where look_at <= $1 limit $2) due;
