drop index events_retractions;
drop index events_late;
