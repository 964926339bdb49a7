drop index deliveries_attempted;
alter table subscriptions drop column answers;
