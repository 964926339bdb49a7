/* The events of many days in the order in which they reach the feed. Days are made one at a time
 * as their turn comes, so the memory needed is that of the orders under way, whatever the number
 * of days. */
#ifndef SIMULATE_TIMELINE_H
#define SIMULATE_TIMELINE_H

#include <stddef.h>

#include "base/err.h"
#include "simulate/life.h"
#include "simulate/sales.h"
#include "simulate/world.h"

struct timeline {
    struct world world;
    struct sales sales;
    int64_t until; /* nothing arrives later */
    int32_t next_day;
    int32_t last_day;
    uint64_t serial;
    struct sim_event *heap; /* the earliest on top */
    size_t count;
    size_t cap;
};

/* The `days` store-days that end with the day of `until`. */
void timeline_init(struct timeline *timeline, struct world world, const struct sales *sales,
                   int64_t until, int32_t days);
void timeline_done(struct timeline *timeline);

/* ERR_NOT_FOUND after the last event, ERR_NOMEM. */
MUST_CHECK enum err timeline_next(struct timeline *timeline, struct sim_event *ret_event);

#endif
