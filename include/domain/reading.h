/* Readings: the counts at an instant that scores and backlog answers are computed from. Two
 * paths fill them, ledger.h from tallies and waiting counts, replay.h from the entities
 * themselves; what is computed from a reading does not know which. */
#ifndef DOMAIN_READING_H
#define DOMAIN_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "domain/calendar.h"
#include "domain/policy.h"

enum basis { BASIS_LIVE, BASIS_OFFICIAL };

/* A window of whole store-days, both ends included. */
struct window {
    int32_t first_day;
    int32_t last_day;
};

/* live: the last `days` days ending with today; official: the `days` complete ones before today. */
struct window window_of(enum basis basis, int32_t today, int32_t days);

static inline bool in_window(int32_t day, struct window window)
{
    return day >= window.first_day && day <= window.last_day;
}

/* What is asked: the instant, and the rules in force at it. */
struct question {
    const struct policy *policy;
    const struct calendar *calendar;
    struct instant t;
    enum basis basis; /* scores only */
};

struct reading {
    int64_t valid;   /* decided ones; shares and means; of a ratio: what per counts */
    int64_t sum;     /* good ones, or the amount (whole seconds, stars) */
    int64_t pending; /* shares: may still make it, not in valid */
};

/* A sum of observations. */
struct tally {
    int64_t valid;
    int64_t sum;
};

/* A metric's reading from the tallies of its measure and of its `per` (when it has one), and the
 * pending ones, which are in the tally as not good. */
struct reading reading_of(const struct metric *metric, struct tally tally, struct tally per,
                          int64_t pending);

struct score_reading {
    struct reading metrics[POLICY_METRICS_MAX];
    int64_t recent_orders; /* in the policy's novice days */
    /* The earliest instant after t at which an order's mark or t0, or a ticket's limit, changes a
     * count; INSTANT_NEVER. */
    struct instant next_change;
};

struct cohort_mark {
    int64_t eligible;
    int64_t overdue;
    int64_t still_open; /* overdue and open at min(t, checkpoint) */
    int64_t at_risk;
};

struct cohort {
    int32_t day;
    int64_t orders;
    int64_t exempt;
    struct cohort_mark marks[POLICY_MARKS_MAX];
};

#define COHORTS_LISTED 7

struct backlog_reading {
    int64_t placed_today;
    int64_t collected_today;
    /* Consecutive days ending with today, at least `lead` + COHORTS_LISTED; borrowed. The first
     * `lead` are only what later ones are compared with: their own verdicts are not to be had. */
    struct cohort *cohorts;
    size_t cohort_count;
    size_t lead;
    struct instant next_change; /* as above, for the listed cohorts' marks */
};

/* The first of the COHORTS_LISTED days that end with today. */
static inline struct cohort *reading_listed(const struct backlog_reading *reading)
{
    return &reading->cohorts[reading->cohort_count - COHORTS_LISTED];
}

#endif
