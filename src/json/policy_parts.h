/* The parts of a policy document that have a file of their own. Each reads a section into the
 * policy and reports into the section's faults. Private to src/json. */
#ifndef JSON_POLICY_PARTS_H
#define JSON_POLICY_PARTS_H

#include "domain/policy.h"
#include "json/section.h"

/* A member "metrics" of the section: adds its metrics to the policy. `factor` is NULL for those
 * shown beside the composite. */
void policy_read_metrics(const struct section *section, const struct factor *factor,
                         struct policy *policy);

void policy_read_backlog(const struct section *section, struct backlog_policy *backlog);

#endif
