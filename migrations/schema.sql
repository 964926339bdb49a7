-- The schema after all migrations; written by scripts/schema.sh dump.
CREATE TABLE public.api_keys (
    key_id text NOT NULL,
    hash bytea NOT NULL,
    role text NOT NULL,
    stores text[],
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT api_keys_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'ingest'::text, 'merchant'::text, 'reviewer'::text])))
);

CREATE TABLE public.benchmarks (
    category text NOT NULL,
    policy_id text NOT NULL,
    policy_version integer NOT NULL,
    day date NOT NULL,
    published_at timestamp with time zone NOT NULL,
    stores integer NOT NULL,
    numbers bigint[] NOT NULL
);

CREATE TABLE public.calendars (
    version integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    document text NOT NULL,
    CONSTRAINT calendars_version_check CHECK ((version >= 1))
);

CREATE TABLE public.delay_reports (
    store_id text NOT NULL,
    report_id text NOT NULL,
    status smallint NOT NULL,
    scope smallint NOT NULL,
    submitted_at timestamp with time zone,
    period_from timestamp with time zone,
    period_to timestamp with time zone,
    approved_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_at timestamp with time zone NOT NULL,
    facts text NOT NULL,
    CONSTRAINT delay_reports_report_id_check CHECK (((octet_length(report_id) >= 1) AND (octet_length(report_id) <= 200))),
    CONSTRAINT delay_reports_scope_check CHECK (((scope >= 0) AND (scope <= 4))),
    CONSTRAINT delay_reports_status_check CHECK (((status >= 0) AND (status <= 4)))
);

CREATE TABLE public.deliveries (
    store_id text NOT NULL,
    seq bigint NOT NULL,
    subscription_id text NOT NULL,
    delivery_id text NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    next_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    attempted_at timestamp with time zone,
    done_at timestamp with time zone,
    status integer,
    error text,
    CONSTRAINT deliveries_error_check CHECK ((octet_length(error) <= 1024)),
    CONSTRAINT deliveries_next_check CHECK (((state = 'pending'::text) = (next_at IS NOT NULL))),
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])))
);

CREATE TABLE public.event_keys (
    store_id text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    digest bytea NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    subject_id text,
    entity smallint,
    CONSTRAINT event_keys_digest_check CHECK ((octet_length(digest) = 16)),
    CONSTRAINT event_keys_event_id_check CHECK (((octet_length(event_id) >= 1) AND (octet_length(event_id) <= 200))),
    CONSTRAINT event_keys_source_check CHECK (((octet_length(source) >= 1) AND (octet_length(source) <= 200))),
    CONSTRAINT event_keys_subject_check CHECK ((((entity IS NULL) = (subject_id IS NULL)) AND ((entity >= 0) AND (entity <= 3)))),
    CONSTRAINT event_keys_subject_id_check CHECK (((octet_length(subject_id) >= 1) AND (octet_length(subject_id) <= 200)))
);

CREATE TABLE public.events (
    store_id text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
    feed smallint NOT NULL,
    through_at timestamp with time zone,
    subject_id text,
    data text NOT NULL,
    entity smallint,
    CONSTRAINT events_data_check CHECK ((octet_length(data) <= 1048576)),
    CONSTRAINT events_feed_check CHECK (((feed >= '-3'::integer) AND (feed <= 3))),
    CONSTRAINT events_subject_check CHECK ((((entity IS NULL) = (subject_id IS NULL)) AND ((entity >= 0) AND (entity <= 3)))),
    CONSTRAINT events_type_check CHECK (((octet_length(type) >= 1) AND (octet_length(type) <= 200)))
);

CREATE TABLE public.measures (
    slot integer NOT NULL,
    definition text NOT NULL,
    CONSTRAINT measures_slot_check CHECK ((slot >= 0))
);

CREATE TABLE public.notification_heads (
    store_id text NOT NULL,
    seq bigint NOT NULL
);

CREATE TABLE public.notifications (
    store_id text NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    data text NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT notifications_data_check CHECK ((octet_length(data) <= 65536)),
    CONSTRAINT notifications_type_check CHECK (((type ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$'::text) AND (octet_length(type) <= 64)))
);

CREATE TABLE public.orders (
    store_id text NOT NULL,
    order_id text NOT NULL,
    t0 timestamp with time zone,
    promise_at timestamp with time zone,
    last_at timestamp with time zone NOT NULL,
    wait_collected boolean NOT NULL,
    wait_delivered boolean NOT NULL,
    retracted boolean NOT NULL,
    facts text NOT NULL,
    wait_shipped boolean NOT NULL,
    deliver_by timestamp with time zone,
    exempt boolean NOT NULL,
    CONSTRAINT orders_order_id_check CHECK (((octet_length(order_id) >= 1) AND (octet_length(order_id) <= 200)))
)
WITH (fillfactor='85');

CREATE TABLE public.policies (
    policy_id text NOT NULL,
    version integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    shipped boolean NOT NULL,
    document text NOT NULL,
    CONSTRAINT policies_id_check CHECK ((policy_id ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)),
    CONSTRAINT policies_version_check CHECK ((version >= 1))
);

CREATE TABLE public.quarantine (
    store_id text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    digest bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    pointer text NOT NULL,
    detail text NOT NULL,
    body text NOT NULL,
    CONSTRAINT quarantine_reason_check CHECK ((reason = ANY (ARRAY['conflict'::text, 'rejected'::text])))
);

CREATE TABLE public.ranks (
    store_id text NOT NULL,
    day date NOT NULL,
    published_at timestamp with time zone NOT NULL,
    category text NOT NULL,
    policy_id text NOT NULL,
    policy_version integer NOT NULL,
    peers integer NOT NULL,
    rank integer NOT NULL,
    factor_ranks integer[] NOT NULL
);

CREATE TABLE public.retractions (
    store_id text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    retracted_at timestamp with time zone NOT NULL
);

CREATE TABLE public.reviews (
    store_id text NOT NULL,
    review_id text NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone,
    buyer text,
    order_id text,
    active boolean NOT NULL,
    last_at timestamp with time zone NOT NULL,
    facts text NOT NULL,
    CONSTRAINT reviews_review_id_check CHECK (((octet_length(review_id) >= 1) AND (octet_length(review_id) <= 200)))
)
WITH (fillfactor='85');

CREATE TABLE public.score_days (
    store_id text NOT NULL,
    day date NOT NULL,
    at timestamp with time zone NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    category text NOT NULL,
    policy_id text NOT NULL,
    policy_version integer NOT NULL,
    status smallint NOT NULL,
    points integer NOT NULL,
    base integer NOT NULL,
    bonus integer NOT NULL,
    star smallint NOT NULL,
    peers integer NOT NULL,
    rank integer NOT NULL,
    factor_points integer[] NOT NULL,
    composite_points integer[] NOT NULL,
    metric_points integer[] NOT NULL,
    sums bigint[] NOT NULL,
    valids bigint[] NOT NULL,
    pendings bigint[] NOT NULL,
    CONSTRAINT score_days_status_check CHECK (((status >= 0) AND (status <= 3)))
);

CREATE TABLE public.store_versions (
    store_id text NOT NULL,
    version integer NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    time_zone text NOT NULL,
    services text[] NOT NULL,
    policy_id text NOT NULL,
    policy_version integer NOT NULL,
    calendar_version integer DEFAULT 0 NOT NULL,
    CONSTRAINT store_versions_category_check CHECK ((octet_length(category) <= 200)),
    CONSTRAINT store_versions_id_check CHECK (((octet_length(store_id) >= 1) AND (octet_length(store_id) <= 200))),
    CONSTRAINT store_versions_name_check CHECK ((octet_length(name) <= 200)),
    CONSTRAINT store_versions_version_check CHECK ((version >= 1))
);

CREATE TABLE public.store_watch (
    store_id text NOT NULL,
    judged_from timestamp with time zone NOT NULL,
    judged_through timestamp with time zone NOT NULL,
    look_at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    advisory boolean NOT NULL,
    level_since timestamp with time zone NOT NULL,
    CONSTRAINT store_watch_level_check CHECK (((level >= 0) AND (level <= 4)))
)
WITH (fillfactor='50');

CREATE TABLE public.subscriptions (
    subscription_id text NOT NULL,
    created_by text NOT NULL,
    of_merchant boolean NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    stores text[],
    types text[],
    active boolean NOT NULL,
    reason text,
    rests_until timestamp with time zone,
    secret bytea NOT NULL,
    old_secret bytea,
    old_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    answers boolean DEFAULT false NOT NULL,
    CONSTRAINT subscriptions_name_check CHECK ((octet_length(name) <= 200)),
    CONSTRAINT subscriptions_old_check CHECK (((old_secret IS NULL) = (old_until IS NULL))),
    CONSTRAINT subscriptions_secret_check CHECK (((octet_length(secret) = 32) AND (octet_length(old_secret) = 32))),
    CONSTRAINT subscriptions_stores_check CHECK (((cardinality(stores) >= 1) AND (cardinality(stores) <= 64))),
    CONSTRAINT subscriptions_url_check CHECK (((octet_length(url) >= 1) AND (octet_length(url) <= 2048)))
);

CREATE TABLE public.tallies (
    store_id text NOT NULL,
    day date NOT NULL,
    counts bigint[] NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.tickets (
    store_id text NOT NULL,
    ticket_id text NOT NULL,
    kind smallint NOT NULL,
    opened_at timestamp with time zone,
    buyer text,
    order_id text,
    left_message boolean NOT NULL,
    recontact boolean NOT NULL,
    wait_replied boolean NOT NULL,
    wait_audited boolean NOT NULL,
    last_at timestamp with time zone NOT NULL,
    facts text NOT NULL,
    urge boolean NOT NULL,
    excused boolean NOT NULL,
    CONSTRAINT tickets_kind_check CHECK (((kind >= 0) AND (kind <= 8))),
    CONSTRAINT tickets_ticket_id_check CHECK (((octet_length(ticket_id) >= 1) AND (octet_length(ticket_id) <= 200)))
)
WITH (fillfactor='85');

CREATE TABLE public.upgrades (
    task text NOT NULL
);

CREATE TABLE public.verdicts (
    store_id text NOT NULL,
    day date NOT NULL,
    hours integer NOT NULL,
    seq integer NOT NULL,
    checkpoint timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    state smallint NOT NULL,
    reasons smallint NOT NULL,
    stale boolean NOT NULL,
    orders bigint NOT NULL,
    eligible bigint NOT NULL,
    exempt bigint NOT NULL,
    overdue bigint NOT NULL,
    still_open bigint NOT NULL,
    baseline_overdue bigint NOT NULL,
    baseline_eligible bigint NOT NULL,
    policy_id text NOT NULL,
    policy_version integer NOT NULL,
    kind text,
    percent integer,
    lifts_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    cause smallint NOT NULL,
    ended_at timestamp with time zone,
    ended_cause smallint,
    CONSTRAINT verdicts_cause_check CHECK ((((cause >= 0) AND (cause <= 5)) AND ((ended_cause >= 1) AND (ended_cause <= 5)))),
    CONSTRAINT verdicts_ended_check CHECK (((ended_at IS NULL) = (ended_cause IS NULL))),
    CONSTRAINT verdicts_kind_check CHECK (((kind IS NULL) = (lifts_at IS NULL))),
    CONSTRAINT verdicts_level_check CHECK (((level >= 2) AND (level <= 4))),
    CONSTRAINT verdicts_seq_check CHECK ((seq >= 1)),
    CONSTRAINT verdicts_state_check CHECK (((state >= 1) AND (state <= 5)))
);

CREATE TABLE public.verdicts_changed (
    store_id text NOT NULL,
    day date NOT NULL,
    cause smallint NOT NULL,
    CONSTRAINT verdicts_changed_cause_check CHECK (((cause >= 1) AND (cause <= 5)))
);

CREATE TABLE public.waiting (
    store_id text NOT NULL,
    day date NOT NULL,
    series smallint NOT NULL,
    hour integer NOT NULL,
    open bigint NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash_key UNIQUE (hash);

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (key_id);

ALTER TABLE ONLY public.benchmarks
    ADD CONSTRAINT benchmarks_pkey PRIMARY KEY (category, policy_id, policy_version, day);

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.delay_reports
    ADD CONSTRAINT delay_reports_pkey PRIMARY KEY (store_id, report_id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (store_id, seq, subscription_id);

ALTER TABLE ONLY public.event_keys
    ADD CONSTRAINT event_keys_pkey PRIMARY KEY (store_id, source, event_id);

ALTER TABLE ONLY public.measures
    ADD CONSTRAINT measures_definition_key UNIQUE (definition);

ALTER TABLE ONLY public.measures
    ADD CONSTRAINT measures_pkey PRIMARY KEY (slot);

ALTER TABLE ONLY public.notification_heads
    ADD CONSTRAINT notification_heads_pkey PRIMARY KEY (store_id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (store_id, seq);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (store_id, order_id);

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT policies_pkey PRIMARY KEY (policy_id, version);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (store_id, source, event_id, digest);

ALTER TABLE ONLY public.ranks
    ADD CONSTRAINT ranks_pkey PRIMARY KEY (store_id, day);

ALTER TABLE ONLY public.retractions
    ADD CONSTRAINT retractions_pkey PRIMARY KEY (store_id, source, event_id);

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (store_id, review_id);

ALTER TABLE ONLY public.score_days
    ADD CONSTRAINT score_days_pkey PRIMARY KEY (store_id, day);

ALTER TABLE ONLY public.store_versions
    ADD CONSTRAINT store_versions_pkey PRIMARY KEY (store_id, version);

ALTER TABLE ONLY public.store_watch
    ADD CONSTRAINT store_watch_pkey PRIMARY KEY (store_id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (subscription_id);

ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT tallies_pkey PRIMARY KEY (store_id, day);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (store_id, ticket_id);

ALTER TABLE ONLY public.upgrades
    ADD CONSTRAINT upgrades_pkey PRIMARY KEY (task);

ALTER TABLE ONLY public.verdicts
    ADD CONSTRAINT verdicts_pkey PRIMARY KEY (store_id, day, hours, seq);

ALTER TABLE ONLY public.waiting
    ADD CONSTRAINT waiting_pkey PRIMARY KEY (store_id, series, hour, day);

CREATE INDEX delay_reports_last ON public.delay_reports USING btree (store_id, last_at);

CREATE INDEX delay_reports_periods ON public.delay_reports USING btree (store_id) WHERE ((approved_at IS NOT NULL) AND (period_from IS NOT NULL));

CREATE INDEX delay_reports_submitted ON public.delay_reports USING btree (store_id, submitted_at, report_id);

CREATE INDEX deliveries_attempted ON public.deliveries USING btree (subscription_id, attempted_at) WHERE (attempted_at IS NOT NULL);

CREATE INDEX deliveries_dead ON public.deliveries USING btree (subscription_id, done_at) WHERE (state = 'dead'::text);

CREATE INDEX deliveries_due ON public.deliveries USING btree (subscription_id, next_at) WHERE (state = 'pending'::text);

CREATE INDEX deliveries_listed ON public.deliveries USING btree (subscription_id, created_at, delivery_id);

CREATE INDEX deliveries_old ON public.deliveries USING btree (done_at) WHERE (state = 'delivered'::text);

CREATE INDEX events_alive ON public.events USING btree (store_id, feed, through_at) WHERE (through_at IS NOT NULL);

CREATE INDEX events_feed ON public.events USING btree (store_id, feed, LEAST(occurred_at, received_at));

CREATE INDEX events_late ON public.events USING btree (store_id, received_at, LEAST(occurred_at, received_at)) WHERE ((received_at - LEAST(occurred_at, received_at)) > '00:01:00'::interval);

CREATE INDEX events_own ON public.events USING btree (store_id, event_id COLLATE "C") WHERE (source = 'windvane'::text);

CREATE INDEX events_retractions ON public.events USING btree (store_id) WHERE (type = 'event.retracted'::text);

CREATE INDEX notifications_unread ON public.notifications USING btree (store_id, seq) WHERE (read_at IS NULL);

CREATE INDEX orders_exempt ON public.orders USING btree (store_id, t0, order_id COLLATE "C") WHERE exempt;

CREATE INDEX orders_retracted ON public.orders USING btree (store_id) WHERE retracted;

CREATE INDEX orders_t0 ON public.orders USING btree (store_id, t0);

CREATE INDEX orders_wait_collected ON public.orders USING btree (store_id, t0) WHERE wait_collected;

CREATE INDEX orders_wait_deliver_by ON public.orders USING btree (store_id, deliver_by) WHERE (wait_delivered AND (deliver_by IS NOT NULL));

CREATE INDEX orders_wait_delivered ON public.orders USING btree (store_id, t0) WHERE wait_delivered;

CREATE INDEX orders_wait_promise ON public.orders USING btree (store_id, promise_at) WHERE wait_collected;

CREATE INDEX quarantine_received ON public.quarantine USING btree (received_at, store_id, source, event_id, digest);

CREATE INDEX ranks_published ON public.ranks USING btree (store_id, published_at, day);

CREATE INDEX retractions_at ON public.retractions USING btree (store_id, retracted_at);

CREATE INDEX reviews_buyer ON public.reviews USING btree (store_id, buyer, at DESC, review_id DESC) WHERE (active AND (buyer IS NOT NULL));

CREATE INDEX reviews_last ON public.reviews USING btree (store_id, last_at);

CREATE INDEX reviews_order ON public.reviews USING btree (store_id, order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX score_days_peers ON public.score_days USING btree (category, policy_id, policy_version, ((day + 0)));

CREATE INDEX store_versions_category ON public.store_versions USING btree (category, policy_id, policy_version) WHERE (category <> ''::text);

CREATE INDEX store_watch_due ON public.store_watch USING btree (look_at);

CREATE INDEX subscriptions_by_store ON public.subscriptions USING gin (stores) WITH (fastupdate=off) WHERE active;

CREATE INDEX subscriptions_created ON public.subscriptions USING btree (created_at, subscription_id);

CREATE INDEX subscriptions_of_all ON public.subscriptions USING btree (subscription_id) WHERE (active AND (stores IS NULL));

CREATE INDEX tickets_excused ON public.tickets USING btree (store_id, opened_at, ticket_id COLLATE "C") WHERE excused;

CREATE INDEX tickets_last ON public.tickets USING btree (store_id, last_at);

CREATE INDEX tickets_long_sessions ON public.tickets USING btree (store_id, buyer, last_at) WHERE ((kind = 7) AND (buyer IS NOT NULL) AND ((last_at - opened_at) > '01:00:00'::interval));

CREATE INDEX tickets_opened ON public.tickets USING btree (store_id, opened_at) WHERE ((kind >= 1) AND (kind <= 5));

CREATE INDEX tickets_order ON public.tickets USING btree (store_id, order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX tickets_sessions ON public.tickets USING btree (store_id, buyer, opened_at) WHERE ((kind = 7) AND (buyer IS NOT NULL));

CREATE INDEX tickets_urge ON public.tickets USING btree (store_id, opened_at) WHERE (urge AND (order_id IS NOT NULL));

CREATE INDEX tickets_wait_audited ON public.tickets USING btree (store_id, kind, opened_at) WHERE wait_audited;

CREATE INDEX tickets_wait_replied ON public.tickets USING btree (store_id, kind, opened_at) WHERE wait_replied;

CREATE INDEX verdicts_changed_store ON public.verdicts_changed USING btree (store_id);

CREATE INDEX verdicts_restricting ON public.verdicts USING btree (store_id, checkpoint) WHERE (kind IS NOT NULL);

CREATE INDEX verdicts_stale ON public.verdicts USING btree (store_id, checkpoint) WHERE (stale AND (ended_at IS NULL));

CREATE UNIQUE INDEX verdicts_standing ON public.verdicts USING btree (store_id, day, hours) WHERE (ended_at IS NULL);
