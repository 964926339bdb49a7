/* Policy documents into the database; for the API and for `migrate`, which loads the shipped
 * ones. */
#ifndef API_POLICIES_H
#define API_POLICIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"
#include "json/policy.h"

struct db;

/* Makes the document the next version of the policy, unless it equals the newest version (a
 * shipped document: any earlier shipped one). ret_version: the version that holds it. */
MUST_CHECK enum err policy_store(struct db *db, const char *id, const char *text, size_t len,
                                 bool shipped, struct instant now, int32_t *ret_version,
                                 bool *ret_new, struct faults *reterr_faults);

#endif
