/* Store-days: calendar days in a store's time zone, half-open. PostgreSQL owns the zone rules;
 * it hands over the first instant of every day, and this value answers from that table alone.
 * Days are numbers: days since 1970-01-01 of the local date. */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

struct calendar {
    int32_t first_day; /* local date of starts[0] */
    /* Number of starts; the last day that can be answered is first_day + count - 2. */
    size_t count;
    /* First instant of each day, microseconds since the epoch, ascending; borrowed. */
    const int64_t *starts;
};

/* The day that t lies in. t must lie inside the table. */
int32_t calendar_day(const struct calendar *calendar, struct instant t);

/* First instant of the day; the end of a day is the start of the next one. */
struct instant calendar_start(const struct calendar *calendar, int32_t day);

static inline struct instant calendar_end(const struct calendar *calendar, int32_t day)
{
    return calendar_start(calendar, day + 1);
}

#endif
