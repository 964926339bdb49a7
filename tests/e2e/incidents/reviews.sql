-- The reviews of the real orders. For the rule of a buyer's latest twenty each is given one of
-- sixteen buyers, the first digit of its order's seller, where there is one. It goes on from
-- olist/tables.sql and the files as loaded.

CREATE FUNCTION instant_of(local timestamp) RETURNS timestamptz
LANGUAGE sql IMMUTABLE RETURN local AT TIME ZONE 'America/Sao_Paulo';

CREATE FUNCTION day_in_sao_paulo(instant timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE RETURN (instant AT TIME ZONE 'America/Sao_Paulo')::date;

CREATE TABLE reviews AS
SELECT
    review_id || order_id AS review,
    (SELECT min(left(seller_id, 1)) FROM raw_items AS i WHERE i.order_id = r.order_id) AS buyer,
    instant_of(answered) AS at,
    review_score AS stars
FROM raw_reviews AS r;

-- The sum of the stars, the reviews, and those with one star: of all or a buyer's latest twenty.
CREATE FUNCTION stars(now timestamptz, last date, with_buyers boolean)
RETURNS TABLE (amount bigint, valid bigint, ones bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH written AS (
        SELECT
            *,
            row_number() OVER (PARTITION BY coalesce(buyer, review)
                               ORDER BY at DESC, review COLLATE "C" DESC) AS place
        FROM reviews
        WHERE at <= now
    )
    SELECT coalesce(sum(stars), 0), count(*), count(*) FILTER (WHERE stars = 1)
    FROM written
    WHERE day_in_sao_paulo(at) BETWEEN last - 29 AND last
        AND (NOT with_buyers OR place <= 20);
END;
