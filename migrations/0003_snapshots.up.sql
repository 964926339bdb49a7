-- A store's official score of each day, as it was shown: made once after the day's end, never rewritten. Numbers stand in the order of the
-- policy version's document; -1 is null.
create table score_days (
    store_id text not null,
    day date not null,               -- the last store-day of its windows
    at timestamptz not null,         -- the day's end: the instant that it is the score of
    taken_at timestamptz not null,   -- the clock when it was made
    category text not null,
    policy_id text not null,
    policy_version integer not null,
    status smallint not null,        -- 0 unknown, 1 novice, 2 insufficient, 3 scored
    points integer not null,         -- thousandths
    base integer not null,
    bonus integer not null,
    star smallint not null,          -- tenths
    peers integer not null,          -- what was published about its category at that instant
    rank integer not null,           -- hundredths of a percent
    factor_points integer[] not null,
    composite_points integer[] not null,
    metric_points integer[] not null,
    sums bigint[] not null,          -- of each metric: good or amount
    valids bigint[] not null,
    pendings bigint[] not null,
    constraint score_days_pkey primary key (store_id, day),
    constraint score_days_status_check check (status between 0 and 3)
);
-- The day as an expression: a plan that was made while the table was small must not look for a store's day here.
create index score_days_peers on score_days (category, policy_id, policy_version, (day + 0));

-- What the stores of a category were like on a day, from their snapshots of that day and policy version; published once all of them are there.
create table benchmarks (
    category text not null,
    policy_id text not null,
    policy_version integer not null,
    day date not null,
    published_at timestamptz not null,
    stores integer not null,
    -- for the composite, each factor, each further composite (thousandths), each metric's value (ten-thousandths): how many stores have it, mean,
    -- 10, 25, 50, 75, 90 % quantiles
    numbers bigint[] not null,
    constraint benchmarks_pkey primary key (category, policy_id, policy_version, day)
);

create table ranks (
    store_id text not null,
    day date not null,
    published_at timestamptz not null,
    category text not null,
    policy_id text not null,
    policy_version integer not null,
    peers integer not null,         -- other stores with a composite
    rank integer not null,          -- hundredths of a percent; -1: no composite of its own, or no peers
    factor_ranks integer[] not null,
    constraint ranks_pkey primary key (store_id, day)
);
create index ranks_published on ranks (store_id, published_at, day);

-- Which stores a category's day waits for.
create index store_versions_category on store_versions (category, policy_id, policy_version) where category <> '';
