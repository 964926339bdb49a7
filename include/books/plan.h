/* A plan: how a store's orders are counted now. Its zone's calendar, and the measures of its
 * policy version with their places in tallies.counts. */
#ifndef BOOKS_PLAN_H
#define BOOKS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "domain/calendar.h"
#include "domain/measure.h"
#include "domain/policy.h"

struct db;
struct db_result;
struct rules;

struct plan {
    const char *store; /* borrowed from the caller */
    bool exists;       /* false: no such store; nothing else is set */
    const struct calendar *calendar;
    const struct policy *policy;
    struct instant since; /* of the store's newest settings (plans_load); 0: its only ones */
    size_t measure_count;
    const struct measure *measures; /* borrowed from rules */
    const int32_t *slots;
    size_t
        counts_len; /* elements of tallies.counts that the measures need: 2 * (greatest slot + 1) */
    bool series[SERIES_COUNT]; /* the waiting counts that the measures need */
    bool defects;              /* some measure asks for the defects of orders */
};

/* The plans of stores as they stand now: call it under the stores' locks when their orders are
 * about to be written. plans: one per store. */
MUST_CHECK enum err plans_load(struct rules *rules, struct db *db, const char *const *stores,
                               size_t count, struct plan *plans);

/* The same in two steps, so that the statement can share a round trip: plans_ask queues it in the
 * connection's pipeline, plans_take reads its result. */
MUST_CHECK enum err plans_ask(struct db *db, const char *const *stores, size_t count,
                              struct plan *plans);
MUST_CHECK enum err plans_take(struct rules *rules, struct db *db, const struct db_result *result,
                               struct plan *plans);

/* What a store is counted by: of its settings, what its counts depend on. */
struct counted_by {
    const char *time_zone;
    const char *policy_id;
    int32_t policy_version;
    int32_t calendar_version; /* 0: none */
};

/* A plan for what is not (yet) the store's own. */
MUST_CHECK enum err plan_for(struct rules *rules, struct db *db, const char *store,
                             const struct counted_by *counted_by, struct plan *ret_plan);

/* Takes the locks of stores: whoever changes the orders, tallies or settings of a store holds
 * them until its transaction ends. Has to be a transaction's first statement, so that whatever
 * is read later is read after the wait. */
MUST_CHECK enum err stores_lock(struct db *db, const char *const *stores, size_t count);
/* Queues it in the connection's pipeline. */
MUST_CHECK enum err stores_lock_ask(struct db *db, const char *const *stores, size_t count);

#endif
