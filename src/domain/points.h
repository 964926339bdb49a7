/* From a metric's reading to its points. */
#ifndef SRC_DOMAIN_POINTS_H
#define SRC_DOMAIN_POINTS_H

#include "domain/score.h"

/* Value, worst value, sample and points; the rest of the score is left as it is. */
void metric_compute(const struct policy *policy, const struct metric *metric,
                    const struct reading *reading, struct metric_score *score);

#endif
