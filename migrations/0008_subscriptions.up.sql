-- Who is told: when a notification was read, who wants to be sent which ones, and what is still to be sent of them.
alter table notifications add column read_at timestamptz;
create index notifications_unread on notifications (store_id, seq) where read_at is null;

-- A few rows for all stores, as api_keys is.
create table subscriptions (
    subscription_id text not null,
    created_by text not null,         -- the key that made it, which may be gone
    of_merchant boolean not null,     -- made by a merchant: then merchants see it whose key covers all its stores
    name text not null,
    url text not null,
    stores text[],                    -- null: all
    types text[],                     -- null: all
    active boolean not null,
    reason text,                      -- why it was switched off, unless somebody asked for it
    rests_until timestamptz,          -- the receiver asked for a rest
    secret bytea not null,
    old_secret bytea,                 -- signs beside the secret until old_until
    old_until timestamptz,
    created_at timestamptz not null,
    constraint subscriptions_pkey primary key (subscription_id),
    constraint subscriptions_name_check check (octet_length(name) <= 200),
    constraint subscriptions_url_check check (octet_length(url) between 1 and 2048),
    constraint subscriptions_stores_check check (cardinality(stores) between 1 and 64),
    constraint subscriptions_secret_check check (octet_length(secret) = 32 and octet_length(old_secret) = 32),
    constraint subscriptions_old_check check ((old_secret is null) = (old_until is null))
);
-- Without a list of what is not in its place yet: every notice would walk through that.
create index subscriptions_by_store on subscriptions using gin (stores) with (fastupdate = off) where active;
create index subscriptions_of_all on subscriptions (subscription_id) where active and stores is null;
create index subscriptions_created on subscriptions (created_at, subscription_id);

-- The outbox: written with the notification, removed long after it was sent.
create table deliveries (
    store_id text not null,
    seq bigint not null,              -- of the notification
    subscription_id text not null,
    delivery_id text not null,        -- a hash of the three, which the receiver sees
    state text not null,
    attempts integer not null,        -- begun ones, since the last redelivery
    next_at timestamptz,              -- of the next attempt; while one runs: when it is given up for lost
    created_at timestamptz not null,
    attempted_at timestamptz,
    done_at timestamptz,              -- delivered, or given up
    status integer,                   -- of the last answer
    error text,                       -- what was wrong with it
    constraint deliveries_pkey primary key (store_id, seq, subscription_id),
    constraint deliveries_state_check check (state in ('pending', 'delivered', 'dead')),
    constraint deliveries_next_check check ((state = 'pending') = (next_at is not null)),
    constraint deliveries_error_check check (octet_length(error) <= 1024)
);
create index deliveries_due on deliveries (subscription_id, next_at) where state = 'pending';
create index deliveries_dead on deliveries (subscription_id, done_at) where state = 'dead';
create index deliveries_listed on deliveries (subscription_id, created_at, delivery_id);
create index deliveries_old on deliveries (done_at) where state = 'delivered';
