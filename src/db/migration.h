/* Migrations from any table of named texts: db/migrate.h does it with the embedded ones. */
#ifndef DB_MIGRATION_H
#define DB_MIGRATION_H

#include <stddef.h>

#include "base/err.h"

struct asset;
struct db;

/* `texts` is ascending by name; entries outside migrations/ are skipped. A migration is a pair
 * migrations/NNNN_name.up.sql and .down.sql; the numbers run from 1 without a gap, else
 * ERR_INTERNAL. The contracts are those of db/migrate.h. */
MUST_CHECK enum err migration_up(struct db *db, const struct asset *texts, size_t count,
                                 int *ret_applied, int *reterr_failed);
MUST_CHECK enum err migration_down(struct db *db, const struct asset *texts, size_t count,
                                   int steps, int *ret_reverted);
MUST_CHECK enum err migration_check(struct db *db, const struct asset *texts, size_t count);

#endif
