/* The statements that are prepared on a connection. */
#ifndef DB_STATEMENTS_H
#define DB_STATEMENTS_H

#include "base/err.h"

struct args_view;
struct db;
struct db_args;
struct db_sql;

/* Makes `sql` ready to be sent with `args` (NULL for none): looks at them in libpq's form and
 * prepares the statement unless it is. ERR_INTERNAL when it is, for parameters of other types. */
MUST_CHECK enum err statements_bind(struct db *db, const struct db_sql *sql,
                                    const struct db_args *args, struct args_view *ret_view);

/* For a connection that is made anew. */
void statements_forget(struct db *db);

#endif
