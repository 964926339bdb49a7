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
#define DEFAULT_POLICY "jd" /* of a store that names none */
#define POLICY_NAME_MAX 64  /* metric, factor and restriction names: [a-z0-9_] */
#define POLICY_FACTORS_MAX 8
#define POLICY_METRICS_MAX 48
#define POLICY_ANCHORS_MAX 16
#define POLICY_MARKS_MAX 8
#define POLICY_STARS_MAX 12
#define POLICY_COMPOSITES_MAX 4
#define POLICY_PARTS_MAX 16
#define POLICY_SERVICES_MAX 32
#define POLICY_ELIGIBILITIES_MAX 8

/* UNIT_RATING: 0 to 10, twice the mean of stars. */
enum metric_unit { UNIT_RATIO, UNIT_HOURS, UNIT_SECONDS, UNIT_RATING };

struct anchor {
    int64_t value;  /* ten-thousandths of the metric's unit */
    int64_t points; /* thousandths, 0..10000 */
};

struct metric {
    char id[POLICY_NAME_MAX + 1];
    struct measure measure;
    /* A ratio of two populations: what measure counts (good) to what per counts (valid). */
    bool has_per;
    struct measure per;
    /* A share of those that did not make it: good are the bad ones. */
    bool complement;
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

/* Whether a cohort is worse than the store's own recent level: its ratio at a mark against the
 * pooled one of the same mark over the days before (D-doc 3.1). */
struct trend_rule {
    int32_t days;         /* 0: not asked */
    int64_t min_eligible; /* of the days before together; with fewer there is no baseline */
    int64_t min_overdue;  /* of the cohort */
    int64_t points;       /* thousandths of a percentage point above the baseline */
    int64_t z;            /* thousandths; of the one-sided two-proportion test, pooled variance */
};
#define TREND_DAYS_MAX 28
/* Of a warning mark that says nothing else. */
extern const struct trend_rule trend_default;

#define MARK_WHOLE 100000 /* of over_percent */

struct mark {
    int32_t hours;            /* 1..720, ascending over the marks */
    enum backlog_level level; /* warning, mild or severe */
    int64_t over_percent;     /* thousandths of a percent: 15 % is 15000 */
    bool inclusive;           /* reached at exactly the percentage */
    struct trend_rule trend;  /* warning marks only */
    struct restriction_rule restriction;
};

struct backlog_policy {
    int64_t min_orders; /* assessed = orders > min_orders */
    bool lenient;       /* overdue_basis */
    int32_t watch_hours;
    size_t mark_count;
    struct mark marks[POLICY_MARKS_MAX];
};

/* Conditions on a store. Ranks are shares of the peers that the store is ahead of, in hundredths of
 * a percent, 0 to 10000. */
struct gates {
    bool has_points;
    int64_t points; /* composite, thousandths */
    bool has_rank;
    int64_t rank; /* of the composite */
    bool has_factor_rank;
    int64_t factor_rank; /* of each factor that has points */
    bool has_star;
    int64_t star;      /* tenths; eligibility only */
    bool unrestricted; /* no backlog restriction is in force */
};

/* A star holds when its gates do. With a rank rate the rank gates decide, and points is looked at
 * only in a cut without a rank; without one points decides and the factors' ranks are not looked
 * at; a cut without points cannot be reached then. */
struct star_cut {
    int64_t star; /* tenths */
    struct gates gates;
};

/* Something that the platform grants to stores that pass every gate (badge, campaign). */
struct eligibility {
    char id[POLICY_NAME_MAX + 1];
    struct gates gates;
};

/* A score beside the composite, of metrics of the policy (D-doc 1.2). */
struct composite {
    char id[POLICY_NAME_MAX + 1];
    size_t part_count;
    struct {
        size_t metric;
        int64_t weight; /* thousandths */
    } parts[POLICY_PARTS_MAX];
};

/* Points for declared services (D-doc 6.1). */
struct bonus {
    int64_t each; /* thousandths for each service that counts; 0: no bonus */
    int64_t cap;  /* of all together */
    /* Those that count; service_count 0: any. */
    size_t service_count;
    char services[POLICY_SERVICES_MAX][POLICY_NAME_MAX + 1];
};

struct policy {
    char id[POLICY_ID_MAX + 1];
    int32_t version;
    int64_t silent_after_s; /* feeds.silent_after in seconds; 0 = never silent */
    int64_t novice_orders;  /* fewer orders than this in novice_days is novice */
    int32_t novice_days;
    bool has_novice_star;
    int64_t novice_star; /* tenths */
    /* A metric with n < sample_full has points blended: (n x its own + (sample_full - n) x
     * sample_points) / sample_full. 0: no blending. */
    int64_t sample_full;
    int64_t sample_points; /* thousandths */
    struct bonus bonus;
    /* Fewer peers than this: no rank rate, no mean, no quantiles. */
    int64_t peers_min;
    int64_t band;        /* thousandths that points differ from the peers' mean to be high or low */
    int32_t min_factors; /* composite needs at least so many factors with points */
    size_t factor_count;
    struct factor factors[POLICY_FACTORS_MAX];
    size_t metric_count;
    /* Those of the factors in their order, then those shown beside the composite. */
    struct metric metrics[POLICY_METRICS_MAX];
    size_t scored_metric_count; /* metrics[0..scored) belong to factors */
    size_t star_count;
    struct star_cut stars[POLICY_STARS_MAX]; /* descending by star; the first that holds */
    size_t composite_count;
    struct composite composites[POLICY_COMPOSITES_MAX];
    size_t eligibility_count;
    struct eligibility eligibilities[POLICY_ELIGIBILITIES_MAX];
    struct backlog_policy backlog;
    struct report_limits reports;
};

/* The measures that every policy reads: orders of a day (cohort size, novice stores), collections
 * of a day, and orders of a day that are exempt. */
extern const struct measure measure_count_orders;
extern const struct measure measure_collections;
extern const struct measure measure_exempt;

/* How many days before a cohort its marks can look back at: the greatest of the trends' days. */
int32_t policy_trend_days(const struct backlog_policy *backlog);

/* The two measures behind a backlog mark: collected within its hours, and left open at its
 * checkpoint. */
struct measure mark_measure(const struct mark *mark);
struct measure mark_left_open(const struct mark *mark);

/* Every distinct measure that answers under the policy read, in a fixed order; returns how many. */
#define POLICY_MEASURES_MAX (2 * POLICY_METRICS_MAX + 2 * POLICY_MARKS_MAX + 3)
size_t policy_measures(const struct policy *policy,
                       struct measure ret_measures[static POLICY_MEASURES_MAX]);

#endif
