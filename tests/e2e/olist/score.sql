-- The share and mean metrics of the order feed at an instant, for every store. `known` is the last
-- instant of which the service was told, `last` the last day of the 30-day window.

CREATE FUNCTION shares(at timestamptz, known timestamptz, last date)
RETURNS TABLE (store text, metric text, good bigint, valid bigint, pending bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH waits AS (
        -- One row per order and metric: a good event, and the interval in which it is in time.
        -- A day ends half-open; a mark itself is still in time.
        SELECT store, metric, happened, cancelled, deadline, at_deadline
        FROM facts_by(least(at, known)) AS f
        CROSS JOIN LATERAL (VALUES
            ('same_day_collection_rate', f.collected, start_of(day + 1), false),
            ('collection_rate_24h', f.collected, t0 + interval '24 hours', true),
            ('on_time_shipping_rate', f.collected, promise, true),
            ('next_day_delivery_rate', f.delivered, start_of(day + 2), false)
        ) AS w (metric, happened, deadline, at_deadline)
        WHERE day BETWEEN last - 29 AND last
    ),
    judged AS (
        SELECT
            store,
            metric,
            happened < deadline OR (at_deadline AND happened = deadline) AS is_good,
            (cancelled < deadline OR (at_deadline AND cancelled = deadline))
                AND (happened IS NULL OR cancelled <= happened) AS is_out,
            at < deadline OR (at_deadline AND at = deadline) AS is_open
        FROM waits
    )
    SELECT
        store,
        metric,
        count(*) FILTER (WHERE is_good),
        count(*) FILTER (WHERE is_good OR NOT is_open),
        count(*) FILTER (WHERE is_good IS NOT TRUE AND is_open)
    FROM judged
    WHERE is_out IS NOT TRUE
    GROUP BY store, metric
    UNION ALL
    -- Orders of the window: the denominator of the dispute rate, cancelled ones included.
    SELECT store, 'dispute_rate', 0, count(*), 0
    FROM facts_by(least(at, known))
    WHERE day BETWEEN last - 29 AND last
    GROUP BY store
    UNION ALL
    -- Units of delivered orders: the denominator of the return rate.
    SELECT store, 'return_rate', 0, sum(units)::bigint, 0
    FROM facts_by(least(at, known))
    WHERE day_of(delivered) BETWEEN last - 29 AND last
    GROUP BY store;
END;

CREATE FUNCTION means(at timestamptz, known timestamptz, last date)
RETURNS TABLE (store text, metric text, amount bigint, valid bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        store,
        'mean_delivery_hours',
        sum(floor(extract(epoch FROM delivered - t0)))::bigint,
        count(*)
    FROM facts_by(least(at, known))
    WHERE day_of(delivered) BETWEEN last - 29 AND last
        AND (cancelled IS NULL OR cancelled > delivered)
    GROUP BY store
    UNION ALL
    SELECT store, 'product_satisfaction', sum(stars), count(*)
    FROM reviews
    WHERE reviewed <= least(at, known) AND day_of(reviewed) BETWEEN last - 29 AND last
    GROUP BY store;
END;

-- The last words of the two feeds; null where a feed has not spoken yet.
CREATE FUNCTION feeds(instant timestamptz)
RETURNS TABLE (store text, orders timestamptz, collections timestamptz)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        store,
        max(spoken) FILTER (WHERE feed = 'orders'),
        max(spoken) FILTER (WHERE feed = 'collections')
    FROM (
        SELECT store, feed, spoken
        FROM moments
        CROSS JOIN LATERAL (VALUES
            ('orders', placed), ('orders', paid), ('orders', cancelled),
            ('collections', collected), ('collections', delivered)
        ) AS m (feed, spoken)
        UNION ALL
        SELECT store, 'orders', reviewed FROM reviews
    ) AS words
    WHERE spoken <= instant
    GROUP BY store;
END;
