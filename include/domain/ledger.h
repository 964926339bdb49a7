/* The fast path: readings from tallies and waiting counts. A reading costs the days and hours of
 * its window: what is pending is the waiting hours that lie whole inside a limit, plus the few
 * open orders of the one hour that the limit cuts. */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"

struct waiting_row {
    enum series series;
    bool suspended;
    int32_t day;
    int64_t hour;
    int64_t open;
};

/* An open order of a cut hour. */
struct open_order {
    enum series series;
    int32_t day;
    struct instant t0;
    struct instant mark; /* what the hour is taken from: t0, or of a series by mark that mark */
};

/* A ticket that may be pending: it waits for the milestone of the measure, its limit is not behind
 * t, and it is of the measure's population but for what the measure's exclusions look at. That it
 * waits says all the rest of it: no reply, no audit, not cancelled. */
struct open_ticket {
    size_t measure; /* index into ledger.measures */
    enum ticket_kind kind;
    struct instant opened;
    bool left_message;
    bool recontact;
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
    /* Every open ticket of the ranges that ledger_ticket_ranges() names. */
    struct open_ticket *tickets;
    size_t ticket_count;
    /* Orders of today whose t0 is still ahead (presale) are tallied and waiting, but in no count
     * yet. ledger_exclude() takes them out of the tallies and counts here those that the waiting
     * hours up to t (series by t0), or after t (by mark), hold; [1]: suspended ones. */
    int64_t early_open[SERIES_COUNT][2];
};

/* The hours, per series, whose orders have to be loaded one by one; of a series by mark only the
 * hour of t. */
struct cut {
    enum series series;
    int64_t hour;
};
#define LEDGER_CUTS_MAX (2 * (POLICY_METRICS_MAX + POLICY_MARKS_MAX) + SERIES_COUNT)
size_t ledger_cuts(const struct question *q, struct cut ret_cuts[static LEDGER_CUTS_MAX]);

/* For each share of tickets: which ones may be pending, by kind, milestone and opening. */
struct ticket_range {
    size_t measure; /* index into policy_measures() */
    unsigned kinds; /* set of 1 << ticket_kind */
    enum milestone milestone;
    struct instant from; /* of the opening; to t, both included */
};
size_t ledger_ticket_ranges(const struct question *q,
                            struct ticket_range ret_ranges[static POLICY_METRICS_MAX]);

/* The first day whose tallies, and the first day whose waiting rows, a score or a backlog answer
 * needs. Waiting rows of a series by mark before the hour of t are not needed. */
int32_t ledger_score_from(const struct question *q);
int32_t ledger_backlog_from(const struct question *q);
int32_t ledger_waiting_from(const struct question *q);

/* Takes an order of today whose t0 is after t out of the tallies; the view is the one that was
 * tallied, its defects included. */
void ledger_exclude(struct ledger *ledger, const struct question *q, const struct order_view *view);

/* Fill all members but what orders bring to next_change (tickets are in it). cohorts: room for
 * day_count. */
void ledger_read_score(const struct ledger *ledger, const struct question *q,
                       struct score_reading *ret_reading);
void ledger_read_backlog(const struct ledger *ledger, const struct question *q,
                         struct cohort *cohorts, struct backlog_reading *ret_reading);

#endif
