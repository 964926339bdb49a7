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
struct rules;

struct settings {
    const char *name;
    const char *category;
    const char *time_zone;
    const char *policy_id;
    size_t service_count;
    const char *const *services;
};

/* Makes a store, or its next settings unless they are as they were; under the version of the policy
 * that is in effect, and the newest calendar. The zone has to be one that PostgreSQL knows.
 * ERR_NOT_FOUND: no such policy. No transaction may be open. */
MUST_CHECK enum err settings_put(struct rules *rules, struct db *db, const char *store,
                                 const struct settings *settings, bool *ret_created);

/* Moving stores on to the policy versions in effect and to the newest calendar. */
struct follow {
    const char *policy_id; /* only the stores of this one; NULL: all */
    /* On the monotonic clock: when to leave the rest as it is. One store's lock, or its counting,
     * is not waited for any longer, either. */
    int64_t until_ms;
    /* What is told of each store, in between transactions; each may be NULL. */
    void (*moved)(void *arg, const char *store);
    void (*failed)(void *arg, const char *store, enum err err);
    bool (*stop)(void *arg); /* asked before each */
    void *arg;
};
#define FOLLOW_NO_LIMIT INT64_MAX

/* Moves every store that is behind, one transaction each; until it commits, the store answers by
 * what it was counted by before. One that cannot be moved does not hold up the others: ret_left is
 * how many still are behind, as far as it knows. An error: it could not be found out which. No
 * transaction may be open. */
MUST_CHECK enum err settings_follow_all(struct rules *rules, struct db *db,
                                        const struct follow *follow, int *ret_left);

#endif
