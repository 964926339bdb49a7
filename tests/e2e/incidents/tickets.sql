-- The file of incidents as it is, and what its rows say of each ticket. All times are UTC and whole
-- minutes.

CREATE TABLE raw_incidents (
    number text NOT NULL,
    incident_state text NOT NULL,
    active text,
    reassignment_count integer NOT NULL,
    reopen_count integer NOT NULL,
    sys_mod_count integer NOT NULL,
    made_sla boolean NOT NULL,
    opened_at text NOT NULL,
    sys_updated_at text NOT NULL,
    contact_type text,
    category text,
    subcategory text,
    priority text,
    resolved_at text,
    closed_at text
);

CREATE FUNCTION stamp(minutes text) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN
    to_timestamp(minutes, 'DD-MM-YYYY HH24:MI')::timestamp AT TIME ZONE 'UTC';

CREATE FUNCTION day_of(instant timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE RETURN (instant AT TIME ZONE 'UTC')::date;

CREATE FUNCTION utc(instant timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE RETURN
    regexp_replace(to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\.?0*$', '')
    || 'Z';

-- What came before the opening reads as at it.
CREATE VIEW updates AS
SELECT
    number,
    incident_state AS state,
    reopen_count,
    reassignment_count > 0 AS passed_on,
    NOT made_sla AS late,
    stamp(opened_at) AS opened,
    greatest(stamp(sys_updated_at), stamp(opened_at)) AS at
FROM raw_incidents;

-- The first time of everything that is counted once. answered: the first row that is not New.
CREATE VIEW tickets AS
SELECT
    number,
    min(opened) AS opened,
    min(at) FILTER (WHERE state <> 'New') AS answered,
    max(at) FILTER (WHERE state = 'Awaiting User Info') AS shipped,
    min(at) FILTER (WHERE state = 'Resolved') AS resolved,
    min(at) FILTER (WHERE passed_on) AS passed_on,
    min(at) FILTER (WHERE late) AS late
FROM updates
GROUP BY number;

-- Each closing, and each rise of the count of re-openings.
CREATE VIEW turns AS
SELECT number, at, true AS closes FROM updates WHERE state = 'Closed'
UNION ALL
SELECT number, min(at), false FROM updates WHERE reopen_count > 0 GROUP BY number, reopen_count;
