/* Makes event keys, retractions, orders, tickets, reviews, tallies and waiting counts anew from the
 * log of events. */
#ifndef JOBS_REBUILD_H
#define JOBS_REBUILD_H

#include <stddef.h>

#include "base/err.h"
#include "domain/fact.h"

struct db;
struct rules;

struct rebuild_totals {
    size_t stores, events;
    size_t entities[ENTITIES];
};

/* One transaction per store, under its lock, so that a running service goes on before and after.
 * Two connections: one reads the log while the other writes. `store` NULL: all of them. */
MUST_CHECK enum err rebuild(struct rules *rules, struct db *reader, struct db *writer,
                            const char *store, struct rebuild_totals *ret_totals);

#endif
