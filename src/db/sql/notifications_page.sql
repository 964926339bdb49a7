-- $1 store, newest first, before $2, only of type $3 unless null, only unread ones if $4, at most $5
select seq, type, at, recorded_at, read_at, data from notifications
where store_id = $1 and seq < coalesce($2, 9223372036854775807) and ($3 is null or type = $3) and (not $4 or read_at is null)
order by seq desc limit $5;
