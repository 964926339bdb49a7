/* An order: the set of facts that its events state, and what they amount to at an instant
 * (CONTRACT section 4).
 * The set is all there is: it has one element per event, ordered by (time, source, id), so any
 * order of arrival and any number of repeats give the same order; and since every fact keeps its
 * own effective time and that of its retraction, the set alone answers for every past instant. */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum fact_kind {
    FACT_PLACED,
    FACT_PAID,
    FACT_PROMISED,
    FACT_SHIPPED, /* a waybill: stops no clock, kept because it is known of the order */
    FACT_COLLECTED,
    FACT_DELIVERED,
    FACT_CANCELLED,
};
#define FACT_KINDS 7

enum payment { PAYMENT_PREPAID, PAYMENT_COD };
enum fulfilment { FULFILMENT_MERCHANT, FULFILMENT_PLATFORM, FULFILMENT_PICKUP, FULFILMENT_VIRTUAL };
enum actor { ACTOR_NONE, ACTOR_BUYER, ACTOR_MERCHANT, ACTOR_PLATFORM };

/* One event's statement. Strings are borrowed. Members that the kind does not name are zero
 * (instants: INSTANT_NEVER). */
struct fact {
    enum fact_kind kind;
    struct instant at;           /* effective time: min(time, received_at) */
    struct instant retracted_at; /* effective time of the earliest retraction; INSTANT_NEVER */
    const char *source;
    const char *id;
    /* placed */
    enum payment payment;
    enum fulfilment fulfilment;
    bool test;
    uint32_t parcels;             /* >= 1 */
    struct instant paid_at;       /* min(paid_at, received_at) or INSTANT_NEVER */
    struct instant presale_until; /* or INSTANT_NEVER when there is none */
    struct instant promised_at;   /* placed and promised; INSTANT_NEVER when not stated */
    /* shipped, collected, delivered */
    const char *parcel; /* NULL: all parcels */
    /* cancelled */
    enum actor by;
};

struct order {
    const struct fact *facts; /* ascending by fact_compare, no two equal */
    size_t count;
};

/* Orders facts by (at, source, id), bytewise. */
int fact_compare(const struct fact *a, const struct fact *b);

/* What an order is at an instant. Events before t0 read as t0. */
struct order_view {
    bool placed; /* an order.placed is known */
    /* Placed, t0 known (perhaps still ahead), and in the population: merchant fulfilment, not a
     * test. */
    bool counts;
    struct instant t0; /* the order clock; INSTANT_NEVER while unknown */
    /* The parcels-th distinct parcel's first scan, or the first scan of all; INSTANT_NEVER. */
    struct instant collected;
    struct instant delivered;
    struct instant cancelled;
    /* Hand-over mark: as stated, else t0 + 48 h; INSTANT_NEVER while t0 is unknown. */
    struct instant promise;
    bool promise_stated;
    enum payment payment;
    enum fulfilment fulfilment;
    bool test;
    uint32_t parcels;
    uint32_t conflicting_placed; /* order.placed events beyond the first */
    bool early;                  /* t0 lies after T: in no count yet */
};

/* The order as it is at T: facts with at <= T that are not retracted at or before T. T =
 * INSTANT_NEVER reads everything that is known; `early` is then false. */
struct order_view order_at(const struct order *order, struct instant t);

/* Whether any fact of the order has been retracted: its past then differs from its present. */
bool order_has_retraction(const struct order *order);

const char *fact_kind_name(enum fact_kind kind); /* "placed", …: the type without "order." */
const char *payment_name(enum payment payment);
const char *fulfilment_name(enum fulfilment fulfilment);
const char *actor_name(enum actor actor); /* NULL for ACTOR_NONE */

#endif
