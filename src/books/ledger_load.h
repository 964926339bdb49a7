/* What the fast path reads: tallies, waiting counts, and the few entities that a limit cuts, in one
 * round trip. */
#ifndef BOOKS_LEDGER_LOAD_H
#define BOOKS_LEDGER_LOAD_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "books/readings.h"
#include "domain/ledger.h"

struct db;
struct rules;

/* Fill a ledger, its memory from the arena, and the next change that orders bring about. */
MUST_CHECK enum err ledger_load_score(struct rules *rules, struct db *db, const struct asked *asked,
                                      const struct question *q, struct arena *arena,
                                      struct ledger *ret_ledger, struct instant *ret_next_change);
MUST_CHECK enum err ledger_load_backlog(struct rules *rules, struct db *db,
                                        const struct asked *asked, const struct question *q,
                                        int32_t first_day, struct arena *arena,
                                        struct ledger *ret_ledger, struct instant *ret_next_change);
/* The tallies alone, of the days from first_day to last_day: a ledger of day_count days, with what
 * `policy` counts, which has to be what the store is counted by now. */
MUST_CHECK enum err ledger_load_tallies(struct rules *rules, struct db *db, const char *store,
                                        const struct policy *policy, int32_t first_day,
                                        int32_t last_day, size_t day_count, struct arena *arena,
                                        struct ledger *ret_ledger);

#endif
