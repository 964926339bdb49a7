/* Where every entity of a store stands in one metric: the orders, tickets and reviews behind its
 * number. */
#ifndef BOOKS_STANDINGS_H
#define BOOKS_STANDINGS_H

#include "base/err.h"
#include "domain/standing.h"

struct db;

typedef enum err standings_fn(void *arg, enum entity entity, const char *id,
                              const struct standing *standing);

/* Gives every standing that is in the metric, and those that are out: of orders whose clock has
 * started, of tickets and of reviews, each if anything is known of it from the window's first
 * instant up to q->t. Entity by entity, in no particular order; borrowed for the call, which must
 * not use db. Runs in the caller's snapshot transaction. */
MUST_CHECK enum err standings_take(struct db *db, const char *store, const struct question *q,
                                   const struct metric *metric, standings_fn *take, void *arg);

/* Adds a standing to the reading that all of them make. */
void standing_count(const struct metric *metric, const struct standing *standing,
                    struct reading *reading);

#endif
