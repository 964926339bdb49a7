-- What was said of a cohort at each checkpoint. Rows are never rewritten but for their end: one that no longer holds is ended, and another
-- takes its place. Of one mark (day, hours) at most one row stands.
create table verdicts (
    store_id text not null,
    day date not null,
    hours integer not null,
    seq integer not null,             -- 1, 2, … of one mark
    checkpoint timestamptz not null,
    level smallint not null,          -- of the mark: 2 warning, 3 mild, 4 severe
    state smallint not null,          -- 1 clear, 2 warned, 3 mild, 4 severe, 5 not_assessed
    reasons smallint not null,        -- bits: 1 ratio, 2 trend
    stale boolean not null,           -- the courier feed was silent at the checkpoint
    orders bigint not null,
    eligible bigint not null,
    exempt bigint not null,
    overdue bigint not null,
    still_open bigint not null,
    baseline_overdue bigint not null,
    baseline_eligible bigint not null, -- 0: no baseline
    policy_id text not null,
    policy_version integer not null,
    kind text,                        -- of the restriction that the hit imposes from the checkpoint to lifts_at
    percent integer,
    lifts_at timestamptz,
    recorded_at timestamptz not null,
    cause smallint not null,          -- 0 checkpoint, 1 late_event, 2 retraction, 3 exemption, 4 revocation, 5 recompute
    ended_at timestamptz,
    ended_cause smallint,
    constraint verdicts_pkey primary key (store_id, day, hours, seq),
    constraint verdicts_seq_check check (seq >= 1),
    constraint verdicts_level_check check (level between 2 and 4),
    constraint verdicts_state_check check (state between 1 and 5),
    constraint verdicts_cause_check check (cause between 0 and 5 and ended_cause between 1 and 5),
    constraint verdicts_ended_check check ((ended_at is null) = (ended_cause is null)),
    constraint verdicts_kind_check check ((kind is null) = (lifts_at is null))
);
create unique index verdicts_standing on verdicts (store_id, day, hours) where ended_at is null;
create index verdicts_restricting on verdicts (store_id, checkpoint) where kind is not null;
create index verdicts_stale on verdicts (store_id, checkpoint) where stale and ended_at is null;

-- Store-days of which something became known that an earlier checkpoint looked at. A row for each time, so that nobody waits for anybody;
-- who judges anew takes away those that he saw.
create table verdicts_changed (
    store_id text not null,
    day date not null,
    cause smallint not null,
    constraint verdicts_changed_cause_check check (cause between 1 and 5)
);
create index verdicts_changed_store on verdicts_changed (store_id);

-- How far a store has been judged, what its level was told to be, and when to look again.
create table store_watch (
    store_id text not null,
    judged_from timestamptz not null,    -- checkpoints up to here were before its time: judged only when asked, and told to nobody
    judged_through timestamptz not null, -- every checkpoint up to here has been judged
    look_at timestamptz not null,
    level smallint not null,
    advisory boolean not null,
    level_since timestamptz not null,
    constraint store_watch_pkey primary key (store_id),
    constraint store_watch_level_check check (level between 0 and 4)
)
with (fillfactor = 50);
create index store_watch_due on store_watch (look_at);

-- Stores that are there already are judged from their latest daily snapshot on.
insert into store_watch (store_id, judged_from, judged_through, look_at, level, advisory, level_since)
select v.store_id, t.through, t.through, t.through, 0, false, t.through
from store_versions v
cross join lateral (
    select greatest(v.valid_from, (select max(s.at) from score_days s where s.store_id = v.store_id)) as through) t
where v.version = 1;
