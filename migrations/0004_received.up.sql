-- What was known at an instant: the log by when it was received. Nearly every event comes within a minute and is found by its effective time
-- (events_feed); the late ones stand here, with the effective time, so that the few of before an instant are found without a look at the others.
create index events_late on events (store_id, received_at, least(occurred_at, received_at))
    where received_at - least(occurred_at, received_at) > interval '1 minute';
create index events_retractions on events (store_id) where type = 'event.retracted';
