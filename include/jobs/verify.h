/* Proves on one snapshot that event keys, orders, tickets and reviews are what the log of events
 * says, and tallies and waiting counts what the entities say. */
#ifndef JOBS_VERIFY_H
#define JOBS_VERIFY_H

#include <stddef.h>

#include "base/err.h"
#include "domain/fact.h"

struct db;
struct rules;

/* Called with one line for every difference. */
typedef void verify_report_fn(void *arg, const char *line);

struct verify_totals {
    size_t stores, events, tallies, waiting, differences;
    size_t entities[ENTITIES];
};

/* `store` NULL: all of them. An error means that it could not be found out. */
MUST_CHECK enum err verify(struct rules *rules, struct db *db, const char *store,
                           verify_report_fn *report, void *arg, struct verify_totals *ret_totals);

#endif
