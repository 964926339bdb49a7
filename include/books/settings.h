/* A store's settings as versions, and what has to be counted anew when they change. Every change
 * is one transaction under the store's lock, so that the newest settings and the store's counts
 * always fit. */
#ifndef BOOKS_SETTINGS_H
#define BOOKS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
struct policy;
struct rules;

struct settings {
    const char *name;
    const char *category;
    const char *time_zone;
    const char *policy_id;
    size_t service_count;
    const char *const *services;
};

/* The newest version of a policy. ERR_NOT_FOUND: there is none. */
MUST_CHECK enum err settings_policy(struct rules *rules, struct db *db, const char *policy_id,
                                    const struct policy **ret_policy);

/* Makes a store, or its next settings unless they are as they were; under the newest version of
 * the policy. The zone has to be one that PostgreSQL knows. ERR_NOT_FOUND: no such policy. No
 * transaction may be open. */
MUST_CHECK enum err settings_put(struct rules *rules, struct db *db, const char *store,
                                 const struct settings *settings, bool *ret_created);

/* Moves a store to the newest version of its policy, if it stands at an older one. No
 * transaction may be open. */
MUST_CHECK enum err settings_follow(struct rules *rules, struct db *db, const char *store);

/* Moves every store whose policy (only policy_id, unless it is NULL) has a newer version, one
 * transaction each. One that cannot be moved does not hold up the others; the first error. */
MUST_CHECK enum err settings_follow_all(struct rules *rules, struct db *db, const char *policy_id);

#endif
