-- Stores, their rules, the event log, and what is folded from it.
-- Every row of a store carries store_id, first in every key: the schema shards by store without change.

-- A store's settings as versions: the row in force at T is the last one with valid_from <= T, before the first the first. A new policy version
-- takes effect for a store by a new row, written together with the tallies that it needs.
create table store_versions (
    store_id text not null,
    version integer not null,
    valid_from timestamptz not null,
    name text not null,
    category text not null,
    time_zone text not null,
    services text[] not null,
    policy_id text not null,
    policy_version integer not null,
    constraint store_versions_pkey primary key (store_id, version),
    constraint store_versions_version_check check (version >= 1),
    constraint store_versions_id_check check (octet_length(store_id) between 1 and 200),
    constraint store_versions_name_check check (octet_length(name) <= 200),
    constraint store_versions_category_check check (octet_length(category) <= 200)
);

create table policies (
    policy_id text not null,
    version integer not null,
    valid_from timestamptz not null,
    shipped boolean not null,
    document text not null, -- canonical JSON, without id and version
    constraint policies_pkey primary key (policy_id, version),
    constraint policies_version_check check (version >= 1),
    constraint policies_id_check check (policy_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$')
);

-- Measures have an append-only slot: measure m stands in tallies.counts at 2m+1 (valid) and 2m+2 (good ones or amount).
create table measures (
    slot integer not null,
    definition text not null,
    constraint measures_pkey primary key (slot),
    constraint measures_definition_key unique (definition),
    constraint measures_slot_check check (slot >= 0)
);

create table event_keys (
    store_id text not null,
    source text not null,
    event_id text not null,
    digest bytea not null,
    occurred_at timestamptz not null,
    order_id text, -- the order that the event is a fact of
    constraint event_keys_pkey primary key (store_id, source, event_id),
    constraint event_keys_source_check check (octet_length(source) between 1 and 200),
    constraint event_keys_event_id_check check (octet_length(event_id) between 1 and 200),
    constraint event_keys_order_id_check check (octet_length(order_id) between 1 and 200),
    constraint event_keys_digest_check check (octet_length(digest) = 16)
);

create table events (
    store_id text not null,
    source text not null,
    event_id text not null,
    type text not null,
    occurred_at timestamptz not null, -- as stated
    received_at timestamptz not null, -- its effective time is the earlier of the two
    feed smallint not null,           -- that it is a sign of life of: 0 none, 1 orders, 2 collections, 3 tickets; feed.alive: minus that
    through_at timestamptz,           -- feed.alive: through, not after received_at
    order_id text,
    data text not null, -- canonical JSON
    constraint events_type_check check (octet_length(type) between 1 and 200),
    constraint events_data_check check (octet_length(data) <= 1048576),
    constraint events_feed_check check (feed between -3 and 3)
);
-- One index for both ways in: a feed's last sign of life, and all events of a store.
create index events_feed on events (store_id, feed, least(occurred_at, received_at));
create index events_alive on events (store_id, feed, through_at) where through_at is not null;

create table retractions (
    store_id text not null,
    source text not null,
    event_id text not null,
    retracted_at timestamptz not null, -- effective time of the earliest retraction
    constraint retractions_pkey primary key (store_id, source, event_id)
);
create index retractions_at on retractions (store_id, retracted_at);

-- What came in and was not applied: conflicting second bodies and invalid events.
create table quarantine (
    store_id text not null, -- '' when it could not be read
    source text not null,
    event_id text not null,
    digest bytea not null,
    received_at timestamptz not null,
    reason text not null,
    pointer text not null,
    detail text not null,
    body text not null,
    constraint quarantine_pkey primary key (store_id, source, event_id, digest),
    constraint quarantine_reason_check check (reason in ('conflict', 'rejected'))
);
create index quarantine_received on quarantine (received_at, store_id, source, event_id, digest);

-- An order is its facts; the other columns are read off them for the indexes.
create table orders (
    store_id text not null,
    order_id text not null,
    t0 timestamptz,               -- null while unknown, or out of all counts
    promise_at timestamptz,
    last_at timestamptz not null, -- latest effective time of a fact or retraction
    wait_collected boolean not null,
    wait_delivered boolean not null,
    retracted boolean not null,   -- some fact is retracted: the past differs from the present
    facts text not null,
    constraint orders_pkey primary key (store_id, order_id),
    constraint orders_order_id_check check (octet_length(order_id) between 1 and 200)
) with (fillfactor = 85);
create index orders_t0 on orders (store_id, t0);
create index orders_wait_collected on orders (store_id, t0) where wait_collected;
create index orders_wait_delivered on orders (store_id, t0) where wait_delivered;
create index orders_wait_promise on orders (store_id, promise_at) where wait_collected;
create index orders_retracted on orders (store_id) where retracted;

create table tallies (
    store_id text not null,
    day date not null,
    counts bigint[] not null,
    constraint tallies_pkey primary key (store_id, day)
) with (fillfactor = 50);

create table waiting (
    store_id text not null,
    day date not null,        -- store-day of t0
    series smallint not null,
    hour integer not null,    -- elapsed hours since the epoch
    open bigint not null,
    constraint waiting_pkey primary key (store_id, series, hour, day)
) with (fillfactor = 50);

create table api_keys (
    key_id text not null,
    hash bytea not null,
    role text not null,
    stores text[], -- null: all
    name text not null,
    created_at timestamptz not null,
    constraint api_keys_pkey primary key (key_id),
    constraint api_keys_hash_key unique (hash),
    constraint api_keys_role_check check (role in ('admin', 'ingest', 'merchant', 'reviewer'))
);
