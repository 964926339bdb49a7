/* What an order is at an instant (CONTRACT section 4), read off its facts. */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/fact.h"

/* What a buyer holds against an order (D-doc section 8, order defect rate). Bits: an order counts
 * once however many of them it has. They are found in the order's reviews and tickets. */
enum defect {
    DEFECT_NEGATIVE_REVIEW = 1, /* review_is_negative() */
    DEFECT_DISPUTE = 2,         /* ticket_is_defect() */
};

/* Events before t0 read as t0. */
struct order_view {
    bool placed; /* an order.placed is known */
    /* Placed, t0 known (perhaps still ahead), and in the population: merchant fulfilment, not a
     * test. */
    bool counts;
    struct instant t0; /* the order clock; INSTANT_NEVER while unknown */
    /* The parcels-th distinct parcel's first scan, or the first scan of all; INSTANT_NEVER. */
    struct instant collected;
    struct instant delivered;
    /* All parcels are on their way by what the merchant (a waybill) or the courier (a scan) says.
     */
    struct instant shipped;
    bool tracked; /* every waybill stated has a carrier and a number; without any, every scan has */
    struct instant cancelled;
    enum actor cancelled_by;
    /* Hand-over mark: as stated, else t0 + 48 h; INSTANT_NEVER while t0 is unknown. */
    struct instant promise;
    bool promise_stated;
    /* Delivery date promised to the buyer, not before t0; INSTANT_NEVER when there is none, and
     * while t0 is unknown. */
    struct instant deliver_by;
    enum payment payment;
    enum fulfilment fulfilment;
    bool test;
    uint32_t parcels;
    int64_t units;
    const char *buyer;           /* or NULL */
    uint32_t conflicting_placed; /* order.placed events beyond the first */
    bool early;                  /* t0 lies after T: in no count yet */
    unsigned defects;            /* set by the caller, who knows the neighbours; else 0 */
    /* A report that names the order excuses it, from the exemption's fact; reports of a store's
     * period are in the calendar: order_is_exempt() asks both. */
    const struct fact *exemption; /* borrowed from the facts; NULL: none */
};

/* The order as it is at T: facts with at <= T that are not retracted at or before T. T =
 * INSTANT_NEVER reads everything that is known; `early` is then false. */
struct order_view order_at(const struct facts *facts, struct instant t);

#endif
