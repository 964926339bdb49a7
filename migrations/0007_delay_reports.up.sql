-- Delay reports are folded as orders are: from the events of source windvane, which filed and decided them. What a report lists stands in the
-- log: in events <report>/0, <report>/1, ….
create table delay_reports (
    store_id text not null,
    report_id text not null,
    status smallint not null,     -- 0 pending, 1 approved, 2 rejected, 3 withdrawn, 4 revoked
    scope smallint not null,      -- 0 not filed, as far as is known; 1 orders, 2 store, 3 tickets, 4 store_tickets
    submitted_at timestamptz,
    period_from timestamptz,
    period_to timestamptz,
    approved_at timestamptz,      -- it excuses from its submission until it is revoked
    revoked_at timestamptz,
    last_at timestamptz not null,
    facts text not null,
    constraint delay_reports_pkey primary key (store_id, report_id),
    constraint delay_reports_report_id_check check (octet_length(report_id) between 1 and 200),
    constraint delay_reports_status_check check (status between 0 and 4),
    constraint delay_reports_scope_check check (scope between 0 and 4)
);
create index delay_reports_submitted on delay_reports (store_id, submitted_at, report_id);
create index delay_reports_last on delay_reports (store_id, last_at);
-- Those that excuse by a period: they are asked for with every group of events and every reading.
create index delay_reports_periods on delay_reports (store_id) where approved_at is not null and period_from is not null;

alter table events drop constraint events_subject_check;
alter table events add constraint events_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 3);
alter table event_keys drop constraint event_keys_subject_check;
alter table event_keys add constraint event_keys_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 3);
-- The report that an event of windvane's own is about, and what a report lists.
create index events_own on events (store_id, event_id collate "C") where source = 'windvane';

alter table orders add column exempt boolean not null default false; -- a report that names it excuses it
alter table orders alter column exempt drop default;
create index orders_exempt on orders (store_id, t0, order_id collate "C") where exempt;
alter table tickets add column urge boolean not null default false; -- the buyer urges the shipping
alter table tickets alter column urge drop default;
alter table tickets add column excused boolean not null default false;
alter table tickets alter column excused drop default;
create index tickets_excused on tickets (store_id, opened_at, ticket_id collate "C") where excused;
create index tickets_opened on tickets (store_id, opened_at) where kind between 1 and 5; -- those that a report of a period can excuse
create index tickets_urge on tickets (store_id, opened_at) where urge and order_id is not null;

-- Every policy counts exempt orders by now; nothing was exempt so far.
insert into measures (slot, definition) select coalesce(max(slot), -1) + 1, 'exempt' from measures on conflict (definition) do nothing;
-- Tickets that urge have to be told from their log.
insert into upgrades (task) select 'rebuild' where exists (select from events where type = 'ticket.opened' and data::json ->> 'reason' = 'urge')
on conflict do nothing;
