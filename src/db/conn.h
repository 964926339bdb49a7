/* A connection as the files of this folder see it. */
#ifndef DB_CONN_H
#define DB_CONN_H

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "db/args.h"
#include "db/query.h"

#define STATEMENT_TIMEOUT_MS 30000
#define ERROR_TEXT_SIZE 256

/* A statement as it is prepared on this connection: parameters of other types need another one. */
struct statement {
    char *name;
    int count;
    Oid types[DB_ARGS_MAX];
};

struct pipeline_step {
    const struct db_sql *sql;
    struct db_args *args; /* owned */
};

struct db {
    PGconn *pg;
    bool broken; /* of no use until it is connected anew, whatever libpq thinks of it */
    int statement_timeout_ms;
    int lock_timeout_ms;          /* 0: none */
    atomic_bool ended;            /* no more statements: the process is stopping */
    pthread_mutex_t socket_mutex; /* between db_end and what replaces the socket */
    bool bulk;                    /* for statements that read whole tables */
    struct statement *statements;
    size_t statement_count;
    size_t statement_cap;
    struct pipeline_step *steps; /* waiting for db_pipeline_run */
    size_t step_count;
    size_t step_cap;
    char error[ERROR_TEXT_SIZE];
};

/* Whether it can be used, as far as can be told without asking the server. */
bool conn_is_usable(struct db *db);

/* ERR_UNAVAILABLE when it is broken. */
MUST_CHECK enum err conn_check(struct db *db, const char *what);

/* Sets the text of db_error. */
void conn_note(struct db *db, const char *what, const char *message);

/* Sets the text of db_error and says what the failure means. `what` names the statement.
 * `result` may be NULL: libpq failed by itself. */
enum err conn_failed(struct db *db, const char *what, const PGresult *result);

/* Takes `result` over: ERR_OK when it is one of success. ret_result may be NULL. */
MUST_CHECK enum err conn_take_result(struct db *db, const char *what, PGresult *result,
                                     struct db_result **ret_result);

/* Runs text of any number of statements without parameters. */
MUST_CHECK enum err conn_exec(struct db *db, const char *what, const char *text);

#endif
