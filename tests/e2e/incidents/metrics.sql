-- The metrics of the tickets at an instant, whatever kind they are read as. `last` is the last day
-- of the window.

-- Answered within a limit, by opening. No ticket is ever cancelled.
CREATE FUNCTION shares(now timestamptz, last date)
RETURNS TABLE (metric text, good bigint, valid bigint, pending bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        metric,
        count(*) FILTER (WHERE answered <= least(now, deadline)),
        count(*) FILTER (WHERE answered <= least(now, deadline) OR now > deadline),
        count(*) FILTER (WHERE NOT coalesce(answered <= now, false) AND now <= deadline)
    FROM tickets
    CROSS JOIN (VALUES
        ('work_order_reply_rate', interval '3 hours', false),
        ('audit_rate_24h', interval '24 hours', false),
        ('reply_rate_30s', interval '30 seconds', true),
        ('reply_rate_3min', interval '3 minutes', true)
    ) AS limits (metric, allowed, by_day)
    CROSS JOIN LATERAL (SELECT opened + allowed AS deadline) AS d
    WHERE opened <= now
        AND day_of(opened) BETWEEN last - 29 AND last
        AND (NOT by_day OR extract(hour FROM opened AT TIME ZONE 'UTC') BETWEEN 9 AND 22)
    GROUP BY metric;
END;

-- How long it took: to the answer, by the answer; to the first resolution, by that. 'shipped': less
-- the buyer's own time, and only if the buyer's parcel is known.
CREATE FUNCTION durations(now timestamptz, last date)
RETURNS TABLE (metric text, amount bigint, valid bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        metric,
        sum(extract(epoch FROM took))::bigint,
        count(*)
    FROM tickets
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN shipped <= now THEN shipped END AS sent,
            CASE WHEN resolved <= now THEN resolved END AS ended
    ) AS known
    CROSS JOIN LATERAL (VALUES
        ('mean_response_seconds', CASE WHEN answered <= now THEN answered END, answered - opened),
        ('after_sales_hours', ended, ended - opened),
        ('after_sales_hours, shipped', CASE WHEN sent IS NOT NULL THEN ended END,
            ended - opened - greatest(least(sent, ended) - answered, interval '0'))
    ) AS spans (metric, by, took)
    WHERE day_of(by) BETWEEN last - 29 AND last
        AND (metric = 'mean_response_seconds' OR ended - opened <= interval '180 days')
    GROUP BY metric;
END;

-- Tickets that stand closed, by their latest closing; a closing undoes a re-opening of its instant.
CREATE FUNCTION closings(now timestamptz, last date)
RETURNS TABLE (metric text, good bigint, valid bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH standing AS (
        SELECT
            number,
            max(at) FILTER (WHERE closes) AS closed,
            max(at) FILTER (WHERE NOT closes) AS reopened
        FROM turns
        WHERE at <= now
        GROUP BY number
    )
    SELECT
        metric,
        count(*) FILTER (WHERE fault IS NULL OR fault > now),
        count(*)
    FROM standing
    JOIN tickets USING (number)
    CROSS JOIN LATERAL (VALUES
        ('dispute_self_resolved_rate', passed_on),
        ('dispute_timeliness_rate', late)
    ) AS faults (metric, fault)
    WHERE (reopened IS NULL OR closed >= reopened)
        AND day_of(closed) BETWEEN last - 29 AND last
    GROUP BY metric;
END;

-- Tickets by opening.
CREATE FUNCTION openings(now timestamptz, last date) RETURNS bigint
LANGUAGE sql STABLE RETURN
    (SELECT count(*) FROM tickets
     WHERE opened <= now AND day_of(opened) BETWEEN last - 29 AND last);

-- The last word of the ticket feed of a store that is told of these states; null before the first.
-- A first row may lie before the opening: the feed knows only when it spoke.
CREATE FUNCTION spoken(now timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE RETURN
    (SELECT max(at) FROM (
        SELECT stamp(opened_at) AS at FROM raw_incidents
        UNION ALL
        SELECT min(stamp(sys_updated_at)) FROM raw_incidents WHERE incident_state <> 'New'
        GROUP BY number
        UNION ALL
        SELECT stamp(sys_updated_at) FROM raw_incidents
        WHERE incident_state IN ('Resolved', 'Closed')
        UNION ALL
        SELECT min(stamp(sys_updated_at)) FROM raw_incidents WHERE reopen_count > 0
        GROUP BY number, reopen_count
     ) AS words WHERE at <= now);
