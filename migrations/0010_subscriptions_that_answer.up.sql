-- Who answers, and when it was last tried: so that those that do not answer hold up nobody.
alter table subscriptions add column answers boolean not null default false; -- since it last failed without an answer
create index deliveries_attempted on deliveries (subscription_id, attempted_at) where attempted_at is not null;
