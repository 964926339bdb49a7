/* A store's counts from nothing: when its orders are to be counted in another way (another zone,
 * other measures), and to restore them. */
#ifndef BOOKS_RECOUNT_H
#define BOOKS_RECOUNT_H

#include "base/err.h"
#include "books/plan.h"

struct db;

/* Replaces the store's tallies and waiting counts by those of its orders under the plan, inside
 * the caller's transaction, which holds the store's lock. Memory goes with the days and hours
 * that the orders cover, not with their number. */
MUST_CHECK enum err store_recount(struct db *db, const struct plan *plan);

#endif
