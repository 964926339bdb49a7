/* Measures: what one order contributes to a count, as data. A policy's metrics and backlog marks
 * name measures; observe() is the whole meaning of one. It knows no "now": an order that may
 * still make it is observed as not good, and the reading takes out what is pending. */
#ifndef DOMAIN_MEASURE_H
#define DOMAIN_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"
#include "domain/order.h"

enum measure_kind {
    /* Every order, cancelled ones included; by t0's day. */
    MEASURE_ORDERS,
    /* Share whose event happens within a limit from t0; by t0's day. */
    MEASURE_WITHIN,
    /* Event - t0 in whole seconds, of those whose event happened; by the event's day. */
    MEASURE_DURATION,
    /* Neither event nor cancellation by the cohort's checkpoint (end of t0's day + hours); by
     * t0's day. */
    MEASURE_LEFT_OPEN,
};

enum milestone { MILESTONE_COLLECTED, MILESTONE_DELIVERED };

enum limit_kind {
    LIMIT_NONE,
    /* Elapsed hours from t0; exactly at the mark is in time. */
    LIMIT_HOURS,
    /* Before the end of the n-th day after t0's day; 0 = the same day. */
    LIMIT_DAYS,
    /* The promised hand-over; exactly at it is in time; with MILESTONE_COLLECTED only. */
    LIMIT_PROMISE,
};

struct measure {
    enum measure_kind kind;
    enum milestone milestone;
    enum limit_kind limit;
    int32_t n; /* hours or days */
};

bool measure_equal(struct measure a, struct measure b);

/* The canonical definition: one line of text, equal exactly for equal measures ("within
 * collected 24 hours"). It identifies the measure in the database. */
#define MEASURE_TEXT_SIZE 64
void measure_format(struct measure measure, char text[static MEASURE_TEXT_SIZE]);

/* One order's contribution to one day. `sum` is the good ones (0 or 1) or the amount (whole
 * seconds). */
struct observation {
    bool any; /* false: it contributes nothing anywhere */
    int32_t day;
    int64_t valid;
    int64_t sum;
};

struct observation observe(struct measure measure, const struct calendar *calendar,
                           const struct order_view *view);

/* The last instant at which the order can still make it: t0 + hours, the promise, or the day's
 * end less one microsecond (a day's end itself is too late). Only for MEASURE_WITHIN. */
struct instant measure_deadline(struct measure measure, const struct calendar *calendar,
                                const struct order_view *view);

/* The event that the measure waits for; INSTANT_NEVER. */
struct instant measure_event(struct measure measure, const struct order_view *view);

/* Whether the order, as it is at t, can still make it: neither event nor cancellation, and the
 * deadline is not behind t. Only for MEASURE_WITHIN. */
bool measure_is_pending(struct measure measure, const struct calendar *calendar,
                        const struct order_view *view, struct instant t);

/* Waiting: orders whose milestone is still to come, counted by the store-day of t0 and the
 * elapsed hour (UTC) in which their wait began, or, for the promise, in which its mark lies. One
 * series serves every limit whose mark is a monotone function of the start. */
enum series {
    SERIES_COLLECTED,         /* by the hour of t0 */
    SERIES_DELIVERED,         /* by the hour of t0 */
    SERIES_COLLECTED_PROMISE, /* by the hour of the promise */
};
#define SERIES_COUNT 3

struct wait {
    bool open;
    int32_t day;
    int64_t hour;
};

struct wait order_wait(enum series series, const struct calendar *calendar,
                       const struct order_view *view);

/* The series that a share's pending orders are counted from. */
enum series measure_series(struct measure measure);

#endif
