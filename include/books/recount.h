/* A store's counts from nothing: when its orders are to be counted in another way (another zone,
 * other measures), and to restore them. */
#ifndef BOOKS_RECOUNT_H
#define BOOKS_RECOUNT_H

#include <stdint.h>

#include "base/err.h"
#include "books/plan.h"
#include "books/sums.h"

struct db;

/* Adds the observations of all of the store's entities under the plan. Memory goes with the days
 * and hours that they cover; and, where measures look across things, with their number. */
MUST_CHECK enum err store_count(struct db *db, const struct plan *plan, struct sums *sums);

/* Replaces the store's tallies and waiting counts by those of its entities under the plan, inside
 * the caller's transaction, which holds the store's lock. */
MUST_CHECK enum err store_recount(struct db *db, const struct plan *plan);

/* The same, for those who have better things to do than to wait: ERR_UNAVAILABLE when the counting
 * is not done by then, on the monotonic clock. */
#define RECOUNT_NO_LIMIT INT64_MAX
MUST_CHECK enum err store_recount_until(struct db *db, const struct plan *plan, int64_t until_ms);

#endif
