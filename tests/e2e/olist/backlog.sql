-- The cohorts of a range of days with every mark, for every store, empty ones included. `known` is
-- the last instant of which the service was told.

CREATE FUNCTION cohorts(at timestamptz, known timestamptz, first date, last date)
RETURNS TABLE (
    store text, day date, hours integer, checkpoint timestamptz, orders bigint, eligible bigint,
    cancelled bigint, overdue bigint, overdue_still_open bigint, at_risk bigint
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH marks AS (
        SELECT
            d::date AS day,
            hours,
            start_of(d::date + 1) + hours * interval '1 hour' AS checkpoint
        FROM generate_series(first::timestamp, last::timestamp, interval '1 day') AS d
        CROSS JOIN (VALUES (48), (72), (120)) AS h (hours)
    ),
    judged AS (
        SELECT
            f.store, f.day, m.hours, f.collected, f.cancelled, m.checkpoint,
            f.t0 + m.hours * interval '1 hour' AS mark,
            coalesce(
                f.cancelled <= f.t0 + m.hours * interval '1 hour'
                AND (f.collected IS NULL OR f.cancelled <= f.collected), false
            ) AS is_cancelled
        FROM facts_by(least(at, known)) AS f JOIN marks AS m USING (day)
    ),
    counted AS (
        SELECT
            store, day, hours,
            count(*) AS orders,
            count(*) FILTER (WHERE NOT is_cancelled) AS eligible,
            count(*) FILTER (WHERE is_cancelled) AS cancelled,
            count(*) FILTER (
                WHERE NOT is_cancelled AND mark < at AND (collected IS NULL OR collected > mark)
            ) AS overdue,
            count(*) FILTER (
                WHERE NOT is_cancelled AND mark < at
                    AND (collected IS NULL OR collected > least(at, checkpoint))
                    AND (cancelled IS NULL OR cancelled > least(at, checkpoint))
            ) AS overdue_still_open,
            count(*) FILTER (
                WHERE NOT is_cancelled AND collected IS NULL AND at <= mark
            ) AS at_risk
        FROM judged
        GROUP BY store, day, hours
    )
    SELECT
        s.store, m.day, m.hours, m.checkpoint, coalesce(c.orders, 0), coalesce(c.eligible, 0),
        coalesce(c.cancelled, 0), coalesce(c.overdue, 0), coalesce(c.overdue_still_open, 0),
        coalesce(c.at_risk, 0)
    FROM (SELECT DISTINCT store FROM parts) AS s
    CROSS JOIN marks AS m
    LEFT JOIN counted AS c USING (store, day, hours);
END;

-- The flow of today: orders whose clock began, orders that the courier took.
CREATE FUNCTION today(at timestamptz, known timestamptz)
RETURNS TABLE (store text, placed bigint, collected bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        store,
        count(*) FILTER (WHERE day = day_of(at)),
        count(*) FILTER (
            WHERE day_of(collected) = day_of(at)
                AND (cancelled IS NULL OR cancelled > collected)
        )
    FROM facts_by(least(at, known))
    GROUP BY store;
END;
