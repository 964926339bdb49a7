/* What is likely to become of the orders that are open: for each coming mark of a cohort how many
 * of its orders will be overdue, by the store's own way to collect (domain/curve.h).
 *
 * It is about the orders that are known at t. What is overdue stays overdue and what is safe stays
 * safe, so everything lies within [overdue, overdue + at_risk], and what is certain comes out as
 * certain. */
#ifndef DOMAIN_FORECAST_H
#define DOMAIN_FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/backlog.h"
#include "domain/chance.h"
#include "domain/curve.h"

/* A store-day, and what a change of the zone may add to it. */
#define COHORT_MINUTES (48 * 60)

/* The open orders of the listed cohorts, by the minute of t0. */
struct open_orders {
    uint32_t minutes[COHORTS_LISTED][COHORT_MINUTES];
};
void open_orders_add(const struct question *q, const struct order_view *view,
                     struct open_orders *open);

/* Ratios and probabilities are in ten-thousandths. */
#define FORECAST_WHOLE 10000

struct projection {
    int64_t eligible;
    int64_t sure; /* overdue whatever happens */
    /* Of those whose fate is open, to be overdue. `known`: there was a curve; else their number is
     * all that is known of them. */
    bool known;
    struct chance chance;
    /* When it is to be expected that the percentage is reached; INSTANT_NEVER. */
    struct instant reached_at;
};

/* Of a pending mark of the listed cohort. `curve` may be NULL: nothing is known of the store. */
struct projection forecast_mark(const struct question *q, const struct curve *curve, size_t mark,
                                size_t listed, const struct cohort *cohort,
                                const struct open_orders *open);

/* The expected ratio, inside low and high; of something with a curve, or without open orders. */
bool projected_ratio(const struct projection *projection, int64_t *ret_ratio);
/* How many will be overdue: with a probability of 80 % not fewer than low and not more than high.
 * Without a curve the known bounds. */
int64_t projected_low(const struct projection *projection);
int64_t projected_high(const struct projection *projection);
/* That the mark's percentage is reached: 0 or 10000 if and only if that is impossible or certain.
 * false: it is neither, and there is no curve. */
bool projected_probability(const struct projection *projection, const struct mark *mark,
                           int64_t *ret_probability);

/* The level that is to be expected: that of `backlog`, and watch also where the upper bound of a
 * pending mark with a restriction reaches its percentage. */
struct outlook {
    enum backlog_level level;
    bool advisory; /* the level is watch, and only by cohorts that are not assessed */
    bool causes[COHORTS_LISTED][POLICY_MARKS_MAX];
};

struct forecast {
    bool known; /* there is a curve */
    /* Of pending marks; [listed cohort][mark]. */
    struct projection marks[COHORTS_LISTED][POLICY_MARKS_MAX];
    struct outlook outlook;
};

void forecast_compute(const struct question *q, const struct curve *curve,
                      const struct cohort listed[static COHORTS_LISTED],
                      const struct open_orders *open, const struct backlog *backlog,
                      struct forecast *ret_forecast);

#endif
