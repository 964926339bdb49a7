/* One metric in an answer, as every reading shows it. */
#ifndef API_METRIC_H
#define API_METRIC_H

#include "books/scores.h"
#include "call.h"
#include "domain/advice.h"

/* The policy's metric number i (score.c). `in_factor`: it is part of one, and contributes. */
void write_metric(struct jsonw *json, const struct question *q, const char *name,
                  const struct scored *scored, const struct week_changes *changes, size_t i,
                  bool in_factor);

/* "good" or "amount", "valid", and of a ratio "pending". */
void write_reading(struct jsonw *json, const struct metric *metric, const struct reading *reading);

/* The path's {metric} in the policy: ERR_NOT_FOUND when it has none of that id. */
MUST_CHECK enum err call_metric(struct call *call, const struct policy *policy, size_t *ret_metric);

/* Every advice on the score (advice.c); returns how many. */
size_t advise(const struct in_force *in_force, const struct scored *scored,
              struct advice ret_advice[static POLICY_METRICS_MAX]);
void write_advice(struct jsonw *json, const char *name, const struct policy *policy,
                  const struct advice *advice);

#endif
