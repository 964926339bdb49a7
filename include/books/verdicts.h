/* Judging a store: the verdicts that are due, those that something that became known has changed,
 * the restrictions that follow, and the store's level; and what is told of all this. */
#ifndef BOOKS_VERDICTS_H
#define BOOKS_VERDICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

struct db;
struct rules;

/* Days, both included. */
struct day_range {
    int32_t from, to;
};

struct judged_totals {
    bool mine; /* false: somebody else looks at the store, or there is none; nothing was done */
    int64_t judged, added, ended;
};

/* In a transaction of its own; none may be open. What is judged late is judged as it was at its
 * checkpoint, and once more by what is known now: so that it makes no difference when, or by which
 * process, or how often this is called. ERR_TRANSIENT: another process was faster. */
MUST_CHECK enum err store_judge(struct rules *rules, struct db *db, const char *store,
                                struct judged_totals *ret_totals);

/* The same, and every checkpoint of those days that is over, whether or not it was judged before.
 * Waits for its turn. ERR_NOT_FOUND: no such store. */
MUST_CHECK enum err store_rejudge(struct rules *rules, struct db *db, const char *store,
                                  struct day_range days, struct judged_totals *ret_totals);

/* Begins to watch a new store, in the transaction that makes it. */
MUST_CHECK enum err store_watch(struct db *db, const char *store);

#endif
