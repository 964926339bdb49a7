/* What the stores of a category are like: ranks, means and quantiles over their snapshots of one
 * day and one policy version (D-doc 6.1). Integers throughout. */
#ifndef DOMAIN_PEERS_H
#define DOMAIN_PEERS_H

#include <stddef.h>
#include <stdint.h>

#include "domain/reading.h"

/* Absent numbers are -1 here; all numbers are >= 0 otherwise. */
#define PEER_NONE (-1)

/* --- what is compared --- */

/* A store's numbers stand in one row: the composite, the points of each factor and of each further
 * composite, the value of each metric. */
#define PEER_NUMBERS_MAX (1 + POLICY_FACTORS_MAX + POLICY_COMPOSITES_MAX + POLICY_METRICS_MAX)

static inline size_t peer_factor(size_t f)
{
    return 1 + f;
}

static inline size_t peer_composite(const struct policy *policy, size_t c)
{
    return peer_factor(policy->factor_count) + c;
}

static inline size_t peer_metric(const struct policy *policy, size_t m)
{
    return peer_composite(policy, policy->composite_count) + m;
}

static inline size_t peer_numbers(const struct policy *policy)
{
    return peer_metric(policy, policy->metric_count);
}

/* The metric's value as the score shows it; PEER_NONE without any. */
int64_t peer_value(const struct policy *policy, size_t metric, const struct reading *reading);

/* --- statistics --- */

#define QUANTILES 5
extern const int quantile_percents[QUANTILES]; /* 10, 25, 50, 75, 90 */

struct statistics {
    int64_t count; /* stores that have the number */
    int64_t mean;  /* rounded half up; PEER_NONE without any, as the quantiles */
    int64_t quantiles[QUANTILES];
};

/* Sorts values[] (absent ones among them) and describes it. A quantile is the least value that at
 * least so many percent of the values do not exceed (nearest rank). */
struct statistics statistics_of(int64_t *values, size_t count);

/* 100 x (others strictly below + half of the others that tie) / others, in hundredths of a percent,
 * rounded half up. sorted[]: ascending, as statistics_of leaves it, with `value` itself among them;
 * PEER_NONE when value is absent or there are no others. */
int64_t rank_rate(const int64_t *sorted, size_t count, int64_t value);

#endif
