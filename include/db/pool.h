/* A bounded pool of PostgreSQL connections. */
#ifndef DB_POOL_H
#define DB_POOL_H

#include "base/err.h"

struct db;
struct db_pool;

/* Connects lazily. `application_name` shows in pg_stat_activity. */
MUST_CHECK enum err db_pool_new(const char *url, const char *application_name, unsigned size,
                                struct db_pool **ret_pool);
void db_pool_free(struct db_pool *pool); /* every lease must be back */
/* Waits at most `wait_ms` for a free connection, reconnecting a broken one. ERR_UNAVAILABLE
 * otherwise. */
MUST_CHECK enum err db_pool_lease(struct db_pool *pool, int wait_ms, struct db **ret_db);
/* Rolls back what was left open; drops a broken connection. */
void db_pool_return(struct db_pool *pool, struct db *db);

/* A connection of one's own, outside a pool (commands, the writer). */
MUST_CHECK enum err db_connect(const char *url, const char *application_name, struct db **ret_db);
/* Makes a broken connection whole again; cheap when it is. */
MUST_CHECK enum err db_reconnect(struct db *db);
void db_close(struct db *db);

/* Makes the connection one for statements that read whole tables: no time limit, plans made for
 * their own numbers. */
MUST_CHECK enum err db_for_bulk(struct db *db);

/* Whether the URL can be read by libpq at all; the reason (static) when not. */
MUST_CHECK enum err db_url_check(const char *url, const char **reterr_why);

#endif
