/* The one place that turns SQLSTATEs into decisions. The first two characters are the class
 * (PostgreSQL manual, appendix A). */
#include "db/sqlstate.h"

#include <string.h>

static bool is_class(const char *sqlstate, const char *class)
{
    return strncmp(sqlstate, class, 2) == 0;
}

enum err sqlstate_err(const char *sqlstate)
{
    if (sqlstate == NULL)
        return ERR_TRANSIENT;
    if (is_class(sqlstate, "22") || is_class(sqlstate, "23"))
        return ERR_REFUSED;
    if (is_class(sqlstate, "40") || sqlstate_is_stale_statement(sqlstate))
        return ERR_TRANSIENT;
    /* Protocol violation: parameters that do not fit the statement. */
    if (strcmp(sqlstate, "08P01") == 0)
        return ERR_INTERNAL;
    if (strcmp(sqlstate, "55P03") == 0 || /* lock_timeout */
        strcmp(sqlstate, "25006") == 0 || /* the database only reads */
        is_class(sqlstate, "58"))         /* disk full, I/O error */
        return ERR_UNAVAILABLE;
    if (is_class(sqlstate, "08") || is_class(sqlstate, "53") || is_class(sqlstate, "57"))
        return ERR_UNAVAILABLE;
    return ERR_INTERNAL;
}

bool sqlstate_quotes_data(const char *sqlstate)
{
    return sqlstate != NULL && is_class(sqlstate, "22");
}

bool sqlstate_is_stale_statement(const char *sqlstate)
{
    return sqlstate != NULL &&
           (strcmp(sqlstate, "26000") == 0 || /* no such prepared statement */
            strcmp(sqlstate, "0A000") == 0);  /* cached plan must not change result type */
}
