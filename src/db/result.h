/* A result is a PGresult in binary form. */
#ifndef DB_RESULT_H
#define DB_RESULT_H

#include <libpq-fe.h>

#include "base/err.h"
#include "db/query.h"

struct db_result {
    PGresult *pg;
};

/* Takes `pg` over, also when it fails. */
MUST_CHECK enum err result_new(PGresult *pg, struct db_result **ret_result);

static inline void cleanup_pgresult(PGresult **result)
{
    PQclear(*result);
}

#define AUTO_PGRESULT __attribute__((cleanup(cleanup_pgresult)))

#endif
