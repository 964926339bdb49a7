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

#endif
