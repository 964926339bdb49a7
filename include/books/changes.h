/* Why a store's score changed between two instants, each score as it was known then. */
#ifndef BOOKS_CHANGES_H
#define BOOKS_CHANGES_H

#include "base/arena.h"
#include "base/err.h"
#include "books/readings.h"
#include "domain/changes.h"

struct db;
struct rules;

/* One reading after the other, each with one cause more: ret_readings[cause + 1] is with `cause`;
 * where a cause did nothing it is the one before. In the caller's snapshot transaction; memory is
 * the arena's. `from` lies before `to`, both are of one store and one basis; in_force is theirs. */
MUST_CHECK enum err changes_read(struct rules *rules, struct db *db, const char *store,
                                 const struct in_force *from, const struct in_force *to,
                                 struct arena *arena,
                                 const struct change_reading *ret_readings[CHANGE_READINGS]);

#endif
