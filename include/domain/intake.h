/* How many orders a day a store can take: what its days have shown that it collects, against a
 * queue in which the oldest order goes first. */
#ifndef DOMAIN_INTAKE_H
#define DOMAIN_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/curve.h"
#include "domain/policy.h"

#define WEEKDAYS 7

struct capacity {
    bool known; /* the store was seen for long enough */
    /* Orders collected on a day, Monday first; holidays are Sundays. */
    int64_t orders[WEEKDAYS];
    /* Such days left work undone, so that this was all that they could do; else the most that was
     * ever seen, and it may be more. */
    bool shown[WEEKDAYS];
    int64_t busy_days;   /* days that left work undone */
    int64_t least_hours; /* in which hardly an order is collected: nine tenths take longer */
};

struct capacity capacity_of(const struct sightings *sightings);

/* What a safe intake keeps below: the policy's mark at 72 h; else its first mark that restricts;
 * else 10 % at 72 h. */
struct mark intake_mark(const struct backlog_policy *policy);

/* Whether the mark is never reached, by the orders of any weekday, when so many come every day. */
bool intake_is_safe(const struct capacity *capacity, const struct mark *mark, int64_t orders);
/* The most that is safe. */
int64_t intake_safe(const struct capacity *capacity, const struct mark *mark);

#endif
