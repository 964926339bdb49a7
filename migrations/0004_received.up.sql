-- What was known at an instant: the log by when it was received. The effective time is in the index, so that the few late events among many are
-- found without a look at the others.
create index events_received on events (store_id, received_at, least(occurred_at, received_at));
create index events_retractions on events (store_id) where type = 'event.retracted';
