/* Parameters in the form that libpq sends. */
#ifndef DB_ARGS_H
#define DB_ARGS_H

#include <postgres_ext.h>

#include "base/err.h"
#include "db/query.h"

/* Views into the args that it was made from. */
struct args_view {
    int count;
    Oid types[DB_ARGS_MAX];
    const char *values[DB_ARGS_MAX]; /* NULL is SQL null */
    int lengths[DB_ARGS_MAX];
    int formats[DB_ARGS_MAX];
};

/* `args` may be NULL for a statement without parameters. ERR_NOMEM or ERR_TOO_LARGE when the
 * values could not be kept, also when `args` is NULL and `text` has parameters: db_args_new had
 * no memory. */
MUST_CHECK enum err args_view(const struct db_args *args, const char *text,
                              struct args_view *ret_view);

static inline void cleanup_args(struct db_args **args)
{
    db_args_free(*args);
}

#define AUTO_ARGS __attribute__((cleanup(cleanup_args)))

#endif
