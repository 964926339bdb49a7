/* Why a score changed: the difference of two scores, split into causes. Between the two readings
 * lie further ones, each with one cause more in it; what a metric contributes to the score differs
 * from reading to reading, and these differences add up to the whole change by themselves. */
#ifndef DOMAIN_CHANGES_H
#define DOMAIN_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"
#include "domain/score.h"

/* In the order in which they are taken. */
enum cause {
    CAUSE_LATE,       /* of before, but received only since */
    CAUSE_RETRACTION, /* of before, and retracted since */
    CAUSE_EXEMPTION,  /* delay reports that were approved or revoked since */
    CAUSE_LEFT,       /* left the windows */
    CAUSE_ENTERED,    /* happened since, or was decided by time going on */
    CAUSE_POLICY,     /* the policy, the zone, the declared services */
    CAUSE_ROUNDING,   /* largest remainders that fell another way; no reading of its own */
};
#define CAUSES (CAUSE_ROUNDING + 1)
#define CHANGE_READINGS (CAUSE_POLICY + 2) /* [0]: before all causes; [cause + 1]: after it */
const char *cause_name(enum cause cause);

struct change_reading {
    const struct policy *policy; /* only the last one's may be another than the first one's */
    struct score_reading reading;
    struct score score;
};

/* What a cause did to a metric: thousandths of the score, and counted things. */
struct change_part {
    int64_t points;
    struct reading counts;
};

/* A metric in its place, under a factor or beside the composite. Under another factor, or in
 * another unit, it is another one. */
#define CHANGE_ABSENT SIZE_MAX
struct metric_change {
    size_t from, to; /* index into the metrics of the policy of that end, or CHANGE_ABSENT */
    struct change_part parts[CAUSES];
};

struct factor_change {
    size_t from, to; /* likewise */
    size_t metric_first, metric_count;
};

struct changes {
    bool scored; /* both ends have a composite; else bonuses are left out of everything */
    int64_t causes[CAUSES]; /* of all metrics and the bonus */
    int64_t bonus[CAUSES];
    size_t factor_count;
    struct factor_change factors[2 * POLICY_FACTORS_MAX];
    size_t metric_count; /* those of the factors in their order, then those beside the composite */
    size_t scored_metric_count;
    struct metric_change metrics[2 * POLICY_METRICS_MAX];
};

/* Neighbouring readings may be the same one: the cause between them did nothing. */
void changes_compute(const struct change_reading *const readings[static CHANGE_READINGS],
                     struct changes *ret_changes);

/* All of a metric's parts, or of a factor's metrics: its contribution at `to` less that at `from`.
 */
int64_t metric_change_points(const struct metric_change *metric);
int64_t factor_change_points(const struct changes *changes, const struct factor_change *factor);

#endif
