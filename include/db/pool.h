/* A bounded pool of PostgreSQL connections. */
#ifndef DB_POOL_H
#define DB_POOL_H

#include <stdbool.h>

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
/* How long a statement may wait for a lock before it is ERR_UNAVAILABLE; 0: no limit. */
MUST_CHECK enum err db_lock_timeout(struct db *db, int ms);
/* Whether the connection stands, as far as can be told without asking the server. */
bool db_is_connected(struct db *db);
/* From any thread: ends the running statement, and lets none begin after it. */
void db_end(struct db *db);
/* The same for every connection of the pool, leased ones too. */
void db_pool_end(struct db_pool *pool);
/* Makes a broken connection whole again; cheap when it is. */
MUST_CHECK enum err db_reconnect(struct db *db);
void db_close(struct db *db);

/* Makes the connection one for statements that read whole tables: no time limit, plans made for
 * their own numbers. */
MUST_CHECK enum err db_for_bulk(struct db *db);

/* Whether the URL can be read by libpq at all; the reason (static) when not. */
MUST_CHECK enum err db_url_check(const char *url, const char **reterr_why);

#endif
