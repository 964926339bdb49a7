/* Where an entity stands in a metric, and why: what evidence and an order's page show. It is read
 * off the same observations that the metric counts, so the standings of all entities add up to the
 * metric's reading. */
#ifndef DOMAIN_STANDING_H
#define DOMAIN_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/reading.h"

enum counts {
    COUNTS_GOOD,     /* in valid and in good; of a mean or a count: in it */
    COUNTS_NOT_GOOD, /* in valid only */
    COUNTS_PENDING,
    COUNTS_OUT,
};
const char *counts_name(enum counts counts); /* "good", "not_good", "pending", "out" */

struct standing {
    enum counts counts;
    const char
        *reason; /* a short static English phrase: "collected in time", "cancelled in time" */
    bool per;    /* of a ratio of two populations: in the second one (valid), else in the first */
    bool has_at; /* something assigns it to a day; false for most that are out */
    struct instant at;
    int32_t day;
    /* What it adds to the reading's sum (good ones, whole seconds, stars, units, the first of two
     * populations), or, per, to its valid. */
    int64_t amount;
    struct instant deadline; /* pending ones; else INSTANT_NEVER */
};

/* Calls `take` for every observation of the entity in the metric (replies have several, a ratio may
 * count it in both populations); once with COUNTS_OUT when it has none in the window: not of the
 * population, left out, or outside the window. Entities of another kind than the metric looks at:
 * nothing. */
typedef void standing_fn(void *arg, const struct standing *standing);
void standing_of(const struct question *q, const struct metric *metric, const struct view *view,
                 standing_fn *take, void *arg);

#endif
