/* How a store collects: the hazard of an open order to be collected within an hour, by the hour of
 * the week and the order's age, learnt from the orders of eight weeks.
 *
 * What is learnt from are counts, so the order in which orders are told does not matter. Arithmetic
 * is in double here; what leaves the domain is rounded to integers (domain/forecast.h). */
#ifndef DOMAIN_CURVE_H
#define DOMAIN_CURVE_H

#include <stddef.h>
#include <stdint.h>

#include "domain/calendar.h"
#include "domain/order.h"

#define CURVE_DAYS 56     /* what is learnt from: so many whole days before today */
#define CURVE_LEAD_DAYS 7 /* before them: days whose orders may have been open in them */
#define CURVE_SPAN (CURVE_DAYS + CURVE_LEAD_DAYS)
/* Elapsed hours of the span; clock changes may add some. */
#define CURVE_HOURS (CURVE_SPAN * 24 + 24)
#define CURVE_AGES 240 /* hours for which an order is looked at */

#define WEEK_HOURS 168
#define AGE_BANDS 10

/* What was seen of a store's orders; some 3 MB. */
struct sightings {
    const struct calendar *calendar;
    struct instant from, window, until; /* the span [from, until), and where its days begin */
    int32_t first_day;
    size_t day_count;
    size_t hour_count; /* of the span, the last one perhaps not whole */
    int64_t orders;    /* whose t0 lies in the window [window, until) */
    int64_t collected; /* in it, and no older than CURVE_AGES */
    uint32_t placed[CURVE_HOURS];
    /* [hour of t0][hours later]: collected then, and no longer open from then on (collected or
     * cancelled). */
    uint32_t taken[CURVE_HOURS][CURVE_AGES];
    uint32_t gone[CURVE_HOURS][CURVE_AGES];
    uint32_t taken_on[CURVE_SPAN]; /* by day, of whatever age */
};

/* Begins with nothing seen, as of the start of the store-day `today`. */
void sightings_begin(const struct calendar *calendar, int32_t today,
                     struct sightings *ret_sightings);
/* Tells of an order; what happened at or after the start of today is not looked at. */
void sightings_add(struct sightings *sightings, const struct order_view *view);

/* One day of the span. */
struct seen_day {
    size_t weekday; /* 0 is Monday; holidays are Sundays */
    int64_t placed;
    int64_t taken;
    int64_t left; /* open at its end, and no older than CURVE_AGES */
};
size_t sightings_days(const struct sightings *sightings,
                      struct seen_day ret_days[static CURVE_SPAN]);

/* The hour of the week by the store's clock, holidays as Sundays: 0 is Monday 00:00 to 01:00. */
size_t week_hour(const struct calendar *calendar, struct instant t);

/* What happened in the window, by hour of the week and age. */
struct curve_cells {
    double events[WEEK_HOURS][AGE_BANDS];   /* collections */
    double exposure[WEEK_HOURS][AGE_BANDS]; /* hours that orders were open */
};
/* Adds a store's to those that are there. */
void curve_cells_add(const struct sightings *sightings, struct curve_cells *cells);
double curve_cells_events(const struct curve_cells *cells);

/* Adds the category's cells to a thin store's own, as so many collections as it lacks; returns the
 * weight of its own, in ten-thousandths. */
#define CURVE_THIN 200 /* a store that has seen so many collections needs nobody else's */
int64_t curve_cells_pool(const struct curve_cells *pool, struct curve_cells *own);

struct curve {
    double hazard[WEEK_HOURS][AGE_BANDS]; /* per hour */
    double spread; /* variance of a day's own factor around 1: days differ by more than chance */
    double doubt;  /* variance of the level itself, which was learnt from so many and no more */
};

void curve_fit(const struct curve_cells *cells, struct curve *ret_curve);
/* Fills in the spread, by how far the store's days were from what the curve says of them. */
void curve_spread(const struct sightings *sightings, struct curve *curve);

double curve_hazard(const struct curve *curve, size_t week_hour, int64_t age_hours);

#endif
