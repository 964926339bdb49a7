/* The fast path: readings from tallies and waiting counts. A reading costs the days and hours of
 * its window: what is pending is the waiting hours that lie whole inside a limit, plus the few
 * open orders of the one hour that the limit cuts. */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"

struct tally {
    int64_t valid;
    int64_t sum;
};

struct waiting_row {
    enum series series;
    int32_t day;
    int64_t hour;
    int64_t open;
};

/* An open order of a cut hour. */
struct open_order {
    enum series series;
    int32_t day;
    struct instant t0;
    struct instant mark; /* SERIES_COLLECTED_PROMISE: the promise; else t0 */
};

struct ledger {
    size_t measure_count;
    struct measure measures[POLICY_MEASURES_MAX]; /* policy_measures() */
    int32_t first_day;                            /* of the tallies; they end with today */
    size_t day_count;
    struct tally *tallies; /* [day][measure] */
    /* Every waiting row of the days that ledger_waiting_from() names, in any order. */
    struct waiting_row *waiting;
    size_t waiting_count;
    /* Every open order of the hours that ledger_cuts() names. */
    struct open_order *open;
    size_t open_count;
    /* Orders of today whose t0 is still ahead (presale) are tallied and waiting, but in no count
     * yet. ledger_exclude() takes them out of the tallies and counts here those that the waiting
     * hours up to t (series by t0), or after t (by promise), hold. */
    int64_t early_open[SERIES_COUNT];
};

/* The hours, per series, whose orders have to be loaded one by one; of the promise series only the
 * hour of t. */
struct cut {
    enum series series;
    int64_t hour;
};
#define LEDGER_CUTS_MAX (2 * (POLICY_METRICS_MAX + POLICY_MARKS_MAX) + SERIES_COUNT)
size_t ledger_cuts(const struct question *q, struct cut ret_cuts[static LEDGER_CUTS_MAX]);

/* The first day whose tallies, and the first day whose waiting rows, a score or a backlog answer
 * needs. Waiting rows of the promise series before today's hour are not needed. */
int32_t ledger_score_from(const struct question *q);
int32_t ledger_backlog_from(const struct question *q);
int32_t ledger_waiting_from(const struct question *q);

/* Takes an order of today whose t0 is after t out of the tallies. */
void ledger_exclude(struct ledger *ledger, const struct question *q, const struct order_view *view);

/* Fill all members but next_change. cohorts: room for day_count. */
void ledger_read_score(const struct ledger *ledger, const struct question *q,
                       struct score_reading *ret_reading);
void ledger_read_backlog(const struct ledger *ledger, const struct question *q,
                         struct cohort *cohorts, struct backlog_reading *ret_reading);

#endif
