/* What an SQLSTATE means to a caller. */
#ifndef DB_SQLSTATE_H
#define DB_SQLSTATE_H

#include <stdbool.h>

#include "base/err.h"

/* NULL: PostgreSQL gave none, because the connection was lost. Never ERR_OK. */
enum err sqlstate_err(const char *sqlstate);

/* Whether PostgreSQL's message can quote a parameter ("invalid input syntax for type integer:
 * …"). */
bool sqlstate_quotes_data(const char *sqlstate);

/* Whether the statements that are prepared on the connection no longer serve, so that it must be
 * made anew: they are gone, or a migration has changed what they return. */
bool sqlstate_is_stale_statement(const char *sqlstate);

#endif
