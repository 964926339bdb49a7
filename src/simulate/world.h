/* The simulated world: one store in Asia/Shanghai, its days, and the orders of a day.
 * Everything in it is a function of the world's key (seed, orders a day) and of the order's own
 * day and number, never of the instant at which a run ends. So two runs agree wherever they
 * overlap: a later one repeats the earlier one's events as duplicates and goes on from there.
 * Times are whole seconds since 1970 (UTC). A day is a calendar day of the store, counted from
 * 1970-01-01; the zone has had no clock change since 1991, so a day is 24 hours. */
#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

#include <stdint.h>

#include "simulate/random.h"

#define SECONDS_PER_HOUR INT64_C(3600)
#define SECONDS_PER_DAY INT64_C(86400)
#define ZONE_OFFSET_S (8 * SECONDS_PER_HOUR)

/* Keeps the numbers of a day's orders, sales included, below a million: six digits in their ids. */
#define ORDERS_PER_DAY_MAX 500000

struct world {
    uint64_t seed;
    int64_t orders_per_day; /* mean of ordinary days */
    uint16_t tag; /* part of every id, so that two worlds in one store never share an identity */
};

/* A sale is packed by a shift of its own, apart from the ordinary orders of its day. */
enum lane { LANE_ORDINARY, LANE_SALE };

/* Which order: its day, its lane, and its number in the order of placing. */
struct order_ref {
    int32_t day;
    uint32_t number;
    enum lane lane;
};

/* What a stream of random numbers is drawn for; each has its own, so that a change to one leaves
 * the others. */
enum purpose {
    FOR_TAG,
    FOR_DEMAND,
    FOR_PLACING,
    FOR_TERMS,
    FOR_LIFE,
    FOR_GOODS,
    FOR_ROUND,
    FOR_BUYER,
    FOR_CARRIER,
    FOR_REVIEW,
    FOR_AFTER_SALES,
    FOR_CHAT,
    FOR_WORK_ORDER,
    FOR_DISPUTE
};

struct world world_of(uint64_t seed, int64_t orders_per_day);
struct random world_random(const struct world *world, struct order_ref ref, enum purpose purpose);

int64_t day_start(int32_t day);
int32_t day_of(int64_t second);
/* 0 is Sunday. */
int weekday_of(int32_t day);

#endif
