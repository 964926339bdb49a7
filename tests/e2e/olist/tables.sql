-- The three files as they are: local times without zone.

CREATE TABLE raw_orders (
    order_id text PRIMARY KEY,
    order_status text NOT NULL,
    purchased timestamp NOT NULL,
    approved timestamp,
    handed_over timestamp,
    delivered timestamp,
    estimated timestamp NOT NULL
);

CREATE TABLE raw_items (
    order_id text NOT NULL,
    order_item_id integer NOT NULL,
    product_id text NOT NULL,
    seller_id text NOT NULL,
    shipping_limit timestamp NOT NULL,
    price numeric NOT NULL
);

CREATE TABLE raw_reviews (
    review_id text NOT NULL,
    order_id text NOT NULL,
    review_score integer NOT NULL,
    created timestamp NOT NULL,
    answered timestamp NOT NULL
);
