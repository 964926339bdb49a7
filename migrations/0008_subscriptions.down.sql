drop table deliveries;
drop table subscriptions;
drop index notifications_unread;
alter table notifications drop column read_at;
