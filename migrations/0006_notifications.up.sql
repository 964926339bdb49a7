-- What is told to a store's people and systems, in the order of each store's own sequence. The head row is locked by who adds: so the sequence is
-- the order of commits, and a reader who has seen n misses nothing by asking for what is after n.
create table notification_heads (
    store_id text not null,
    seq bigint not null,
    constraint notification_heads_pkey primary key (store_id)
);

create table notifications (
    store_id text not null,
    seq bigint not null,
    type text not null,
    at timestamptz not null,          -- the instant that it is about
    recorded_at timestamptz not null, -- when it was found out
    data text not null,               -- JSON object
    constraint notifications_pkey primary key (store_id, seq),
    constraint notifications_type_check check (type ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$' and octet_length(type) <= 64),
    constraint notifications_data_check check (octet_length(data) <= 65536)
);
