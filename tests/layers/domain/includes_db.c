/* expect: domain may not include include/db/query.h
 * Planted by scripts/layers.sh, never built into windvane. */
#include "db/query.h"

extern int planted(const struct db_sql *sql);

int planted(const struct db_sql *sql)
{
    return sql != NULL;
}
