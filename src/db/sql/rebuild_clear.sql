-- $1 store: everything that the log of events can make anew
with keys as (delete from event_keys where store_id = $1),
    retractions as (delete from retractions where store_id = $1),
    orders as (delete from orders where store_id = $1),
    tickets as (delete from tickets where store_id = $1),
    reports as (delete from delay_reports where store_id = $1)
delete from reviews where store_id = $1;
