-- What is exempt has facts that the program before does not know.
insert into upgrades (task) select 'rebuild' where exists (select from events where source = 'windvane') on conflict do nothing;
delete from event_keys where source = 'windvane';
delete from events where source = 'windvane';
drop index tickets_urge;
drop index tickets_opened;
drop index tickets_excused;
alter table tickets drop column excused;
alter table tickets drop column urge;
drop index orders_exempt;
alter table orders drop column exempt;
drop index events_own;
alter table event_keys drop constraint event_keys_subject_check;
alter table event_keys add constraint event_keys_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 2);
alter table events drop constraint events_subject_check;
alter table events add constraint events_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 2);
drop table delay_reports;
