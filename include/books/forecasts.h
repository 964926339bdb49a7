/* The forecast of a store's backlog, and what it is learnt from: the orders of the eight weeks
 * before today, as they were when today began and by what is known of them now. So every instant of
 * a store-day has one curve, and a past answer stays what it is. */
#ifndef BOOKS_FORECASTS_H
#define BOOKS_FORECASTS_H

#include <stdbool.h>
#include <stdint.h>

#include "books/readings.h"
#include "domain/forecast.h"
#include "domain/intake.h"

/* What a forecast stands on. */
struct forecast_basis {
    int32_t first_day, last_day; /* learnt from */
    int64_t orders;              /* the store's own of those days */
    int64_t collected;
    int64_t pooled_stores; /* of its category, that a thin store borrows from; 0: none */
    int64_t weight;        /* of its own orders, in ten-thousandths */
};

struct forecasted {
    struct backlog_reading reading;
    struct backlog backlog;
    const struct cohort *listed; /* the last COHORTS_LISTED of the reading */
    struct forecast forecast;
    struct forecast_basis basis;
    struct capacity capacity;
    struct mark intake_mark;
    int64_t safe_intake; /* when the capacity is known */
};

/* In the caller's snapshot transaction; the reading lives in the arena, which also holds some 7 MB
 * of counts. */
MUST_CHECK enum err forecast_read(struct rules *rules, struct db *db, const struct asked *asked,
                                  const struct in_force *in_force, struct arena *arena,
                                  struct forecasted *ret_forecasted);

#endif
