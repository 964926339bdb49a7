-- From the files to facts: what happened to each order, at which instant, for which store.
-- The store 'olist' has every order; beside it each seller is a store with its own part of them.

CREATE FUNCTION instant_of(local timestamp) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN local AT TIME ZONE 'America/Sao_Paulo';

CREATE FUNCTION day_of(instant timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE RETURN (instant AT TIME ZONE 'America/Sao_Paulo')::date;

CREATE FUNCTION start_of(day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN day::timestamp AT TIME ZONE 'America/Sao_Paulo';

-- As the service writes instants: UTC, fraction digits only where not zero.
CREATE FUNCTION utc(instant timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE RETURN
    regexp_replace(to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '\.?0*$', '')
    || 'Z';

CREATE TABLE parts AS
SELECT 'olist' AS store, order_id, min(shipping_limit) AS shipping_limit, count(i.order_id) AS units
FROM raw_orders LEFT JOIN raw_items AS i USING (order_id)
GROUP BY order_id
UNION ALL
SELECT seller_id, order_id, min(shipping_limit), count(*)
FROM raw_items
GROUP BY seller_id, order_id;

-- The moments as the feed tells them; impossible sequences included.
CREATE TABLE moments AS
SELECT
    store,
    order_id,
    units,
    instant_of(shipping_limit) AS promised_at,
    instant_of(purchased) AS placed,
    instant_of(approved) AS paid,
    CASE WHEN order_status <> 'canceled' THEN instant_of(handed_over) END AS collected,
    CASE WHEN order_status <> 'canceled' THEN instant_of(delivered) END AS delivered,
    CASE WHEN order_status = 'canceled'
        THEN instant_of(coalesce(approved, purchased)) + interval '1 hour' END AS cancelled
FROM parts JOIN raw_orders USING (order_id);

CREATE TABLE reviews AS
SELECT store, instant_of(answered) AS reviewed, review_score AS stars
FROM raw_reviews JOIN parts USING (order_id);

-- The orders with a clock: t0 is the payment, and nothing happens before it. All are prepaid, and
-- none was paid before it was placed.
CREATE TABLE facts AS
SELECT
    store,
    order_id,
    units,
    paid AS t0,
    day_of(paid) AS day,
    greatest(coalesce(promised_at, paid + interval '48 hours'), paid) AS promise,
    CASE WHEN collected > paid THEN collected WHEN collected <= paid THEN paid END AS collected,
    CASE WHEN delivered > paid THEN delivered WHEN delivered <= paid THEN paid END AS delivered,
    cancelled
FROM moments
WHERE paid IS NOT NULL;

-- What had happened by an instant: later moments are null, later orders absent.
CREATE FUNCTION facts_by(instant timestamptz) RETURNS SETOF facts
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        store, order_id, units, t0, day, promise,
        CASE WHEN collected <= instant THEN collected END,
        CASE WHEN delivered <= instant THEN delivered END,
        CASE WHEN cancelled <= instant THEN cancelled END
    FROM facts
    WHERE t0 <= instant;
END;
