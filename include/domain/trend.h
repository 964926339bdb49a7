/* "Worse than the store's own recent level" (D-doc 3.1), in exact integers. */
#ifndef DOMAIN_TREND_H
#define DOMAIN_TREND_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/reading.h"

/* Some of the orders of one cohort, or of several together. */
struct share {
    int64_t overdue;
    int64_t eligible;
};

/* What the policy's reading calls overdue. */
int64_t mark_decisive(const struct policy *policy, const struct cohort_mark *counts);

/* The mark's share over the trend's days before the cohort, as far as the reading has them; their
 * checkpoints are over when the cohort's is. false: the mark has no trend, or they are too few. */
bool trend_baseline(const struct question *q, size_t mark, const struct backlog_reading *reading,
                    const struct cohort *cohort, struct share *ret_baseline);

/* Whether `share` is worse than the baseline: by so many points, with so many overdue, and not by
 * chance. Counts up to 3,000,000,000. */
bool trend_is_worse(const struct trend_rule *rule, struct share share, struct share baseline);

#endif
