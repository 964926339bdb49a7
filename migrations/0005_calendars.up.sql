-- Calendars: intervals that metrics leave out, and holidays. One sequence of versions for all stores; a store is counted by the one that its newest
-- settings name.
create table calendars (
    version integer not null,
    valid_from timestamptz not null,
    document text not null, -- canonical JSON
    constraint calendars_pkey primary key (version),
    constraint calendars_version_check check (version >= 1)
);

-- A new calendar version takes effect for a store like a policy version does: by a new row, written together with the tallies that it needs.
alter table store_versions add column calendar_version integer not null default 0; -- 0: none
