-- $1 store: everything that the log of events can make anew
with keys as (delete from event_keys where store_id = $1),
    retractions as (delete from retractions where store_id = $1),
    orders as (delete from orders where store_id = $1),
    tallies as (delete from tallies where store_id = $1)
delete from waiting where store_id = $1;
