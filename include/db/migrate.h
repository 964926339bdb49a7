/* Schema migrations: numbered up/down pairs of plain SQL, embedded at build. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/err.h"

struct db;

/* Applies what is missing, each migration in one transaction with its own record (number, name,
 * checksum) under an advisory lock, so that two runners cannot interleave. ERR_CONFLICT when an
 * applied one's checksum differs from the embedded one (ret_failed: its number). Prints nothing. */
MUST_CHECK enum err db_migrate_up(struct db *db, int *ret_applied, int *reterr_failed);
/* Reverts the newest `count` migrations. */
MUST_CHECK enum err db_migrate_down(struct db *db, int count, int *ret_reverted);
/* Whether the database stands at exactly the embedded version, with nothing left to do (table
 * upgrades). ERR_CONFLICT when not. */
MUST_CHECK enum err db_migrate_check(struct db *db);

#endif
