/* The parts of a policy document that have a file of their own. Each reads a section into the
 * policy and reports into the section's faults. Private to src/json. */
#ifndef JSON_POLICY_PARTS_H
#define JSON_POLICY_PARTS_H

#include "domain/policy.h"
#include "json/section.h"

/* Fixed-point numbers that stand in more than one part: decimals, and the largest one. */
#define POINTS_DECIMALS 3
#define POINTS_MAX 10000 /* 10.000 */
#define WEIGHT_DECIMALS 3
#define WEIGHT_MAX 1000000 /* 1000.000 */
#define STAR_DECIMALS 1
#define STAR_MAX 100 /* 10.0 */

/* Text of at most POLICY_MAX_BYTES as an object, which the caller owns; else one fault with pointer
 * "". */
MUST_CHECK enum err policy_parse(const char *text, size_t len, json_t **ret_json,
                                 struct faults *reterr_faults);

/* The whole document, which may be a member of another one. `id`: see policy_decode. */
void policy_read_document(const struct section *root, const char *id, struct policy *policy);

/* The document's settings: feeds, novice, composite, small_sample, bonus, peers. */
void policy_read_settings(const struct section *root, struct policy *policy);

/* A member "metrics" of the section: adds its metrics to the policy. `factor` is NULL for those
 * shown beside the composite. */
void policy_read_metrics(const struct section *section, const struct factor *factor,
                         struct policy *policy);

/* The metric's member `name`, which is required. Tells whether its kind is known. */
bool policy_read_measure(const struct section *metric, const char *name, struct measure *measure);

/* The document's stars and eligibility. */
void policy_read_stars(const struct section *root, struct policy *policy);
void policy_read_eligibilities(const struct section *root, struct policy *policy);

/* The document's composites; the metrics must have been read. Where one of them has a fault, the
 * metrics that parts name are not looked at. */
void policy_read_composites(const struct section *root, bool metrics_are_good,
                            struct policy *policy);

void policy_read_backlog(const struct section *section, struct backlog_policy *backlog);

#endif
