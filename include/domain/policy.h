/* A policy: a platform's rules as data. Decoded from its JSON document (json/policy.h), kept as
 * a plain value, applied when reading.
 * Numbers are fixed-point integers: weights and points in thousandths, values (ratios, hours) in
 * ten-thousandths. */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/event.h"
#include "domain/measure.h"

#define POLICY_ID_MAX 64
#define POLICY_NAME_MAX 64 /* metric, factor and restriction names: [a-z0-9_] */
#define POLICY_FACTORS_MAX 8
#define POLICY_METRICS_MAX 48
#define POLICY_ANCHORS_MAX 16
#define POLICY_MARKS_MAX 8
#define POLICY_STARS_MAX 12

enum metric_unit { UNIT_RATIO, UNIT_HOURS, UNIT_SECONDS };

struct anchor {
    int64_t value;  /* ten-thousandths of the metric's unit */
    int64_t points; /* thousandths, 0..10000 */
};

struct metric {
    char id[POLICY_NAME_MAX + 1];
    struct measure measure;
    enum metric_unit unit;
    int32_t window_days; /* 1..366 */
    bool higher_is_better;
    bool has_target;
    int64_t target; /* ten-thousandths */
    int64_t weight; /* thousandths within its factor; 0 = shown, not scored */
    size_t factor;  /* index of its factor */
    size_t anchor_count;
    /* Ascending by value; points linear between, clamped outside. */
    struct anchor anchors[POLICY_ANCHORS_MAX];
};

struct factor {
    char id[POLICY_NAME_MAX + 1];
    int64_t weight;                    /* thousandths */
    bool required;                     /* the composite is null without it */
    size_t metric_first, metric_count; /* its metrics are consecutive */
};

enum backlog_level { LEVEL_NONE, LEVEL_WATCH, LEVEL_WARNING, LEVEL_MILD, LEVEL_SEVERE };
const char *backlog_level_name(enum backlog_level level);

struct restriction_rule {
    char kind[POLICY_NAME_MAX + 1]; /* "" = the mark restricts nothing */
    bool has_percent;
    int32_t percent;
    int32_t hours;
};

struct mark {
    int32_t hours;            /* 1..720, ascending over the marks */
    enum backlog_level level; /* warning, mild or severe */
    int64_t over_percent;     /* thousandths of a percent: 15 % is 15000 */
    bool inclusive;           /* reached at exactly the percentage */
    struct restriction_rule restriction;
};

struct backlog_policy {
    int64_t min_orders; /* assessed = orders > min_orders */
    bool lenient;       /* overdue_basis */
    int32_t watch_hours;
    size_t mark_count;
    struct mark marks[POLICY_MARKS_MAX];
};

struct star_cut {
    int64_t points; /* composite thousandths at or above which ... */
    int64_t star;   /* ... this star (tenths) holds */
};

struct policy {
    char id[POLICY_ID_MAX + 1];
    int32_t version;
    int64_t silent_after_s; /* feeds.silent_after in seconds; 0 = never silent */
    int64_t novice_orders;  /* fewer orders than this in novice_days is novice */
    int32_t novice_days;
    int32_t min_factors; /* composite needs at least so many factors with points */
    size_t factor_count;
    struct factor factors[POLICY_FACTORS_MAX];
    size_t metric_count;
    /* Those of the factors in their order, then those shown beside the composite. */
    struct metric metrics[POLICY_METRICS_MAX];
    size_t scored_metric_count; /* metrics[0..scored) belong to factors */
    size_t star_count;
    struct star_cut stars[POLICY_STARS_MAX]; /* descending by points */
    struct backlog_policy backlog;
};

/* The measures that every policy reads: orders of a day (cohort size, novice stores) and
 * collections of a day. */
#define MEASURE_COUNT_ORDERS ((struct measure){.kind = MEASURE_ORDERS})
#define MEASURE_COLLECTIONS                                                                        \
    ((struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED})

/* The two measures behind a backlog mark: collected within its hours, and left open at its
 * checkpoint. */
struct measure mark_measure(const struct mark *mark);
struct measure mark_left_open(const struct mark *mark);

/* Every distinct measure that answers under the policy read, in a fixed order; returns how many. */
#define POLICY_MEASURES_MAX (POLICY_METRICS_MAX + 2 * POLICY_MARKS_MAX + 2)
size_t policy_measures(const struct policy *policy,
                       struct measure ret_measures[static POLICY_MEASURES_MAX]);

#endif
