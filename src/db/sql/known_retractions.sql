-- $1 store, $2 instant: the events whose first retraction was received after it, and when
select data::json ->> 'source', data::json ->> 'id', min(received_at) from events
where store_id = $1 and type = 'event.retracted' group by 1, 2 having min(received_at) > $2;
