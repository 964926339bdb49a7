/* Connections: making them, making them whole again, and keeping what went wrong. */
#include "db/conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "db/pool.h"
#include "db/result.h"
#include "db/sqlstate.h"
#include "db/statements.h"

/* A library writes nothing to stderr; what matters fails. */
static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

static void keep_error(struct db *db, const char *what, const char *sqlstate, const char *message)
{
    snprintf(db->error, sizeof db->error, "%s: %s%s%s", what, sqlstate,
             sqlstate[0] != '\0' ? " " : "", message);
    for (char *c = db->error; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
}

void conn_note(struct db *db, const char *what, const char *message)
{
    keep_error(db, what, "", message);
}

enum err conn_check(struct db *db, const char *what)
{
    if (!db->broken)
        return ERR_OK;
    conn_note(db, what, "the connection is broken");
    return ERR_UNAVAILABLE;
}

enum err conn_failed(struct db *db, const char *what, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL) {
        conn_note(db, what, PQerrorMessage(db->pg));
        if (PQstatus(db->pg) == CONNECTION_OK)
            return ERR_INTERNAL; /* libpq refused: a wrong call, or no memory */
        db->broken = true;
        return sqlstate_err(NULL);
    }

    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate_quotes_data(sqlstate) || message == NULL)
        message = "";
    keep_error(db, what, sqlstate, message);
    if (PQstatus(db->pg) != CONNECTION_OK || sqlstate_is_stale_statement(sqlstate))
        db->broken = true;
    return sqlstate_err(sqlstate);
}

enum err conn_take_result(struct db *db, const char *what, PGresult *result,
                          struct db_result **ret_result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_SINGLE_TUPLE) {
        enum err err = conn_failed(db, what, result);
        PQclear(result);
        return err;
    }
    if (ret_result == NULL) {
        PQclear(result);
        return ERR_OK;
    }
    return result_new(result, ret_result);
}

enum err conn_exec(struct db *db, const char *what, const char *text)
{
    enum err err = conn_check(db, what);
    if (err != ERR_OK)
        return err;
    return conn_take_result(db, what, PQexec(db->pg, text), NULL);
}

static enum err set_statement_timeout(struct db *db)
{
    char text[64];
    snprintf(text, sizeof text, "set statement_timeout = %d", db->statement_timeout_ms);
    return conn_exec(db, "set up", text);
}

enum err db_statement_timeout(struct db *db, int ms)
{
    db->statement_timeout_ms = ms;
    return set_statement_timeout(db);
}

/* The check lets a backend whose client is gone notice it and give its locks back. */
#define SET_UP                                                                                     \
    "set client_encoding = 'UTF8'; set timezone = 'UTC'; "                                         \
    "set client_connection_check_interval = '1s'"

/* Statements that fetch a few rows by key: compiling or planning one anew, or starting workers for
 * it, takes longer than running it; and a plan that was made while a table was small must not read
 * the whole of it later. And an acknowledged event is on disk, whatever the server's default. */
#define SET_UP_SHORT                                                                               \
    "set jit = off; set max_parallel_workers_per_gather = 0; "                                     \
    "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; "                         \
    "set enable_material = off; "                                                                  \
    "select set_config('synchronous_commit', 'on', false) "                                        \
    "where current_setting('synchronous_commit') = 'off'"

enum err db_lock_timeout(struct db *db, int ms)
{
    char text[64];
    db->lock_timeout_ms = ms;
    snprintf(text, sizeof text, "set lock_timeout = %d", ms);
    return conn_exec(db, "set up", text);
}

static enum err set_up(struct db *db)
{
    db->broken = PQstatus(db->pg) != CONNECTION_OK;
    if (db->broken) {
        conn_note(db, "connect", PQerrorMessage(db->pg));
        return ERR_UNAVAILABLE;
    }
    PQsetNoticeReceiver(db->pg, ignore_notice, NULL);
    enum err err = conn_exec(db, "set up", SET_UP);
    if (err == ERR_OK && !db->bulk)
        err = conn_exec(db, "set up", SET_UP_SHORT);
    if (err == ERR_OK)
        err = set_statement_timeout(db);
    if (err == ERR_OK && db->lock_timeout_ms > 0)
        err = db_lock_timeout(db, db->lock_timeout_ms);
    if (err == ERR_OK)
        return ERR_OK;
    db->broken = true; /* half set up */
    return err == ERR_NOMEM ? err : ERR_UNAVAILABLE;
}

enum err db_for_bulk(struct db *db)
{
    db->bulk = true;
    enum err err = conn_exec(db, "set up", "reset all; " SET_UP);
    return err == ERR_OK ? db_statement_timeout(db, 0) : err;
}

enum err db_connect(const char *url, const char *application_name, struct db **ret_db)
{
    /* What stands before dbname can be overridden by the URL, what stands after it cannot. */
    const char *const names[] = {"connect_timeout",
                                 "keepalives",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "dbname",
                                 "application_name",
                                 NULL};
    const char *const values[] = {"5", "1", "30", "10", "3", "30000", url, application_name, NULL};

    struct db *db = calloc(1, sizeof *db);
    if (db == NULL)
        return ERR_NOMEM;
    db->statement_timeout_ms = STATEMENT_TIMEOUT_MS;
    pthread_mutex_init(&db->socket_mutex, NULL);
    db->pg = PQconnectdbParams(names, values, 1);
    enum err err = db->pg != NULL ? set_up(db) : ERR_NOMEM;
    if (err != ERR_OK) {
        db_close(db);
        return err;
    }
    *ret_db = db;
    return ERR_OK;
}

bool conn_is_usable(struct db *db)
{
    /* A server that went away has left its last words and the end of the stream in the socket. */
    struct pollfd socket = {.fd = PQsocket(db->pg), .events = POLLIN};
    while (!db->broken && PQstatus(db->pg) == CONNECTION_OK && poll(&socket, 1, 0) > 0)
        if (PQconsumeInput(db->pg) == 0)
            db->broken = true;
    return !db->broken && PQstatus(db->pg) == CONNECTION_OK;
}

enum err db_reconnect(struct db *db)
{
    if (conn_is_usable(db))
        return ERR_OK;
    db_pipeline_clear(db);
    statements_forget(db);
    pthread_mutex_lock(&db->socket_mutex);
    bool ended = atomic_load(&db->ended);
    if (!ended)
        PQreset(db->pg);
    pthread_mutex_unlock(&db->socket_mutex);
    return ended ? ERR_UNAVAILABLE : set_up(db);
}

bool db_is_connected(struct db *db)
{
    return conn_is_usable(db);
}

void db_end(struct db *db)
{
    /* Whoever waits for an answer reads the end of the stream instead. */
    pthread_mutex_lock(&db->socket_mutex);
    atomic_store(&db->ended, true);
    if (PQsocket(db->pg) >= 0)
        shutdown(PQsocket(db->pg), SHUT_RDWR);
    pthread_mutex_unlock(&db->socket_mutex);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_pipeline_clear(db);
    statements_forget(db);
    free(db->steps);
    free(db->statements);
    PQfinish(db->pg);
    pthread_mutex_destroy(&db->socket_mutex);
    free(db);
}

enum err db_url_check(const char *url, const char **reterr_why)
{
    if (url == NULL || url[0] == '\0') {
        *reterr_why = "is empty";
        return ERR_INVALID;
    }
    /* libpq's own message can quote the password. */
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    if (options == NULL) {
        *reterr_why = "is not a PostgreSQL connection URI";
        return ERR_INVALID;
    }
    PQconninfoFree(options);
    return ERR_OK;
}

const char *db_error(const struct db *db)
{
    return db->error;
}
