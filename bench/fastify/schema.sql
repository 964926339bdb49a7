create table api_keys (hash bytea primary key, role text not null);
create table event_keys (
    store_id text not null, source text not null, event_id text not null, digest bytea not null,
    primary key (store_id, source, event_id));
create table events (
    store_id text not null, source text not null, event_id text not null, type text not null,
    occurred_at timestamptz not null, received_at timestamptz not null, data text not null);
create table orders (
    store_id text not null, order_id text not null, placed_at timestamptz, paid_at timestamptz,
    collected_at timestamptz, primary key (store_id, order_id));
create table tallies (
    store_id text not null, day date not null, placed bigint not null, primary key (store_id, day))
    with (fillfactor = 50);
