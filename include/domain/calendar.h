/* Store-days: calendar days in a store's time zone, half-open. PostgreSQL owns the zone rules;
 * it hands over the first instant of every day, and this value answers from that table alone.
 * Days are numbers: days since 1970-01-01 of the local date. */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

/* From that instant on local time is UTC plus the offset. */
struct shift {
    int64_t from;
    int32_t offset_s;
};

/* A half-open interval of instants, microseconds since the epoch. */
struct interval {
    int64_t from;
    int64_t to;
};

enum calendar_excuse { EXCUSED_ORDERS, EXCUSED_TICKETS };
#define CALENDAR_EXCUSES 2

struct calendar {
    int32_t first_day; /* local date of starts[0] */
    /* Number of starts; the last day that can be answered is first_day + count - 2. */
    size_t count;
    /* First instant of each day, microseconds since the epoch, ascending; borrowed, as all. */
    const int64_t *starts;
    size_t shift_count;
    const struct shift *shifts; /* ascending; the first reaches back before starts[0] */
    /* What metrics leave out (D-doc 6): ascending, neither overlapping nor touching. */
    size_t suspended_count;
    const struct interval *suspended;
    /* What approved reports of the store's periods excuse: orders by their t0, tickets by their
     * opening (D-doc 4.2); the same form. */
    size_t excused_count[CALENDAR_EXCUSES];
    const struct interval *excused[CALENDAR_EXCUSES];
    size_t holiday_count;
    const int32_t *holidays; /* days, ascending */
};

/* Intervals as they come, in any order. */
struct excused {
    size_t count;
    struct interval *intervals;
};

/* Brings intervals into the form that a calendar wants: sorts them, unites those that overlap or
 * touch, drops empty ones. */
void excused_unite(struct excused *excused);

/* The day that t lies in; of an instant before the table its first day, of one behind it the day
 * after its last. */
int32_t calendar_day(const struct calendar *calendar, struct instant t);

/* First instant of the day; the end of a day is the start of the next one. */
struct instant calendar_start(const struct calendar *calendar, int32_t day);

static inline struct instant calendar_end(const struct calendar *calendar, int32_t day)
{
    return calendar_start(calendar, day + 1);
}

/* Minutes after local midnight by the wall clock, 0 to 1439. Without shifts: of UTC. */
int32_t calendar_minute(const struct calendar *calendar, struct instant t);

bool calendar_is_suspended(const struct calendar *calendar, struct instant t);
bool calendar_is_excused(const struct calendar *calendar, enum calendar_excuse what,
                         struct instant t);
bool calendar_is_holiday(const struct calendar *calendar, int32_t day);

#endif
