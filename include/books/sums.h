/* Sums of observations: what orders add to tallies and waiting counts, gathered in memory and
 * then written at once. */
#ifndef BOOKS_SUMS_H
#define BOOKS_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "books/plan.h"
#include "domain/measure.h"

struct db;

struct tally_row {
    const struct plan *plan;
    int32_t day;
    int64_t *counts; /* plan->counts_len */
};

struct wait_row {
    const struct plan *plan;
    int32_t day;
    int32_t series; /* an enum series, plus SERIES_COUNT for suspended ones */
    int64_t hour;
    int64_t open;
};

struct sums_index {
    uint32_t *slots; /* row number + 1, by hash */
    size_t mask;
    size_t count;
};

struct sums {
    struct arena arena;
    struct tally_row *tallies;
    struct wait_row *waits;
    struct sums_index tally_index;
    struct sums_index wait_index;
    bool no_memory;
};

void sums_init(struct sums *sums);
void sums_done(struct sums *sums);

/* Adds (sign 1) or takes away (sign -1) an entity's observations and waits. The view is by
 * everything that is known, with what the neighbours say. */
void sums_add(struct sums *sums, const struct plan *plan, const struct view *view, int sign);

/* The row of a day, of a waiting hour; made with zeros when it is not there. NULL when memory is
 * out. Valid until the next row is made. */
struct tally_row *sums_tally(struct sums *sums, const struct plan *plan, int32_t day);
struct wait_row *sums_wait(struct sums *sums, const struct plan *plan, int32_t series, int32_t day,
                           int64_t hour);

/* Adds the sums to what the database holds, under the stores' locks: tallies are read and
 * written absolute, waiting counts relative. Queues the writes in the connection's pipeline; the
 * caller runs it. */
MUST_CHECK enum err sums_write(struct sums *sums, struct db *db);

#endif
