-- The verdict of every mark of a range of days, by everything that is in the files: the marks of jd
-- with the gate, the percentages and the orders of a baseline that are given. The trend is the two-proportion test as it stands in the books, by its root.

CREATE FUNCTION verdicts(
    min_orders bigint, min_eligible bigint, warning numeric, mild numeric, severe numeric,
    first date, last date
)
RETURNS TABLE (
    store text, day date, hours integer, state text, reasons text, orders bigint, eligible bigint,
    overdue bigint, overdue_still_open bigint, baseline text
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH counted AS (
        SELECT c.store, c.day, c.hours, c.orders, c.eligible, c.overdue, c.overdue_still_open
        FROM cohorts('2019-01-01', 'infinity', first - 7, last) AS c
    ),
    compared AS (
        SELECT c.*, sum(c.eligible) OVER before AS e0, sum(c.overdue) OVER before AS o0
        FROM counted AS c
        WINDOW before AS (
            PARTITION BY c.store, c.hours ORDER BY c.day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING
        )
    ),
    tested AS (
        SELECT c.*,
            c.orders > min_orders AND c.eligible > 0 AS assessed,
            c.hours = 48 AND c.e0 >= min_eligible AND c.orders > min_orders AND c.eligible > 0 AS has_baseline,
            c.overdue / nullif(c.eligible, 0)::numeric AS p1,
            c.o0 / nullif(c.e0, 0) AS p0,
            (c.overdue + c.o0) / nullif(c.eligible + c.e0, 0) AS p
        FROM compared AS c
    ),
    judged AS (
        SELECT t.*,
            CASE t.hours
                WHEN 48 THEN t.p1 > warning WHEN 72 THEN t.p1 >= mild ELSE t.p1 >= severe
            END AS by_ratio,
            t.has_baseline AND t.overdue >= 10 AND t.p1 - t.p0 >= 0.05 AND t.p < 1
                AND (t.p1 - t.p0) / nullif(
                    sqrt(t.p * (1 - t.p) * (1 / t.eligible::numeric + 1 / t.e0)), 0
                ) >= 1.645 AS by_trend
        FROM tested AS t
    )
    SELECT
        j.store, j.day, j.hours,
        CASE
            WHEN NOT j.assessed THEN 'not_assessed'
            WHEN NOT (j.by_ratio OR coalesce(j.by_trend, false)) THEN 'clear'
            WHEN j.hours = 48 THEN 'warned'
            WHEN j.hours = 72 THEN 'mild'
            ELSE 'severe'
        END,
        CASE WHEN j.assessed THEN concat_ws(
            ',', CASE WHEN j.by_ratio THEN 'ratio' END, CASE WHEN j.by_trend THEN 'trend' END
        ) ELSE '' END,
        j.orders, j.eligible, j.overdue, j.overdue_still_open,
        CASE WHEN j.has_baseline THEN round(j.p0, 4)::text END
    FROM judged AS j
    WHERE j.day >= first AND j.orders > 0;
END;
