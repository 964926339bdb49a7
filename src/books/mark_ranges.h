/* Open orders whose marks change the answer when they pass. */
#ifndef BOOKS_MARK_RANGES_H
#define BOOKS_MARK_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "domain/ledger.h"

/* A range of open orders whose earliest mark changes the answer. */
struct mark_range {
    enum series series;
    int32_t hours; /* from t0 to the mark; 0 for a mark of its own */
    struct instant from;
    struct instant to;
};

struct mark_ranges {
    struct mark_range *items;
    size_t count;
};

/* Fill ranges, their memory from the arena: of the marks of the metrics in their windows, of the
 * marks of the listed cohorts. */
MUST_CHECK enum err mark_ranges_of_score(const struct question *q, struct arena *arena,
                                         struct mark_ranges *ret_ranges);
MUST_CHECK enum err mark_ranges_of_backlog(const struct question *q, struct arena *arena,
                                           struct mark_ranges *ret_ranges);

#endif
