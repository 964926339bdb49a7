-- Tickets and reviews are folded as orders are: an entity is its facts, the other columns are read off them for the indexes. Events name the
-- entity that they are a fact of: 0 order, 1 ticket, 2 review.
alter table event_keys rename column order_id to subject_id;
alter table event_keys rename constraint event_keys_order_id_check to event_keys_subject_id_check;
alter table event_keys add column entity smallint;
alter table events rename column order_id to subject_id;
alter table events add column entity smallint;
update events set entity = 0 where subject_id is not null;
update events set entity = 1, subject_id = data::json ->> 'ticket' where type like 'ticket.%'
    and type in ('ticket.opened', 'ticket.asked', 'ticket.replied', 'ticket.audited', 'ticket.buyer_shipped', 'ticket.received', 'ticket.processed',
        'ticket.escalated', 'ticket.ruled', 'ticket.appealed', 'ticket.timed_out', 'ticket.closed', 'ticket.reopened', 'ticket.rated');
update events set entity = 2, subject_id = data::json ->> 'review' where type in ('order.reviewed', 'review.excluded');
update event_keys k set entity = e.entity, subject_id = e.subject_id from events e
where e.entity is not null and e.store_id = k.store_id and e.source = k.source and e.event_id = k.event_id;
alter table event_keys add constraint event_keys_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 2);
alter table events add constraint events_subject_check check ((entity is null) = (subject_id is null) and entity between 0 and 2);

alter table orders add column wait_shipped boolean not null default false;
alter table orders alter column wait_shipped drop default;
alter table orders add column deliver_by timestamptz; -- the delivery date promised to the buyer
create index orders_wait_deliver_by on orders (store_id, deliver_by) where wait_delivered and deliver_by is not null;

create table tickets (
    store_id text not null,
    ticket_id text not null,
    kind smallint not null,       -- 0: not opened, as far as is known
    opened_at timestamptz,
    buyer text,
    order_id text,
    left_message boolean not null,
    recontact boolean not null,   -- a chat session that follows another one of the buyer: the others are looked at, too
    wait_replied boolean not null, -- neither human reply nor closed as cancelled
    wait_audited boolean not null,
    last_at timestamptz not null,
    facts text not null,
    constraint tickets_pkey primary key (store_id, ticket_id),
    constraint tickets_ticket_id_check check (octet_length(ticket_id) between 1 and 200),
    constraint tickets_kind_check check (kind between 0 and 8)
) with (fillfactor = 85);
create index tickets_last on tickets (store_id, last_at);
create index tickets_wait_replied on tickets (store_id, kind, opened_at) where wait_replied;
create index tickets_wait_audited on tickets (store_id, kind, opened_at) where wait_audited;
-- A buyer's chat sessions about an instant: those that lasted an hour at most by their opening, the few longer ones by their end.
create index tickets_sessions on tickets (store_id, buyer, opened_at) where kind = 7 and buyer is not null;
create index tickets_long_sessions on tickets (store_id, buyer, last_at)
    where kind = 7 and buyer is not null and last_at - opened_at > interval '1 hour';
create index tickets_order on tickets (store_id, order_id) where order_id is not null;

create table reviews (
    store_id text not null,
    review_id text collate "C" not null,
    at timestamptz,           -- null: not reviewed, as far as is known
    buyer text,
    order_id text,
    active boolean not null,  -- neither given by default nor excluded
    last_at timestamptz not null,
    facts text not null,
    constraint reviews_pkey primary key (store_id, review_id),
    constraint reviews_review_id_check check (octet_length(review_id) between 1 and 200)
) with (fillfactor = 85);
create index reviews_last on reviews (store_id, last_at);
create index reviews_buyer on reviews (store_id, buyer, at desc, review_id desc) where active and buyer is not null;
create index reviews_order on reviews (store_id, order_id) where order_id is not null;

-- Work that a migration leaves to the program, which knows how to fold: `windvane migrate` does it.
create table upgrades (
    task text not null,
    constraint upgrades_pkey primary key (task)
);
insert into upgrades (task) select 'rebuild' where exists (select from events);
