/* One statement, typed parameters, typed results. Everything is binary: text as bytes,
 * timestamptz as exact microseconds. */
#ifndef DB_QUERY_H
#define DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

struct db; /* a leased connection; one thread at a time */

/* A statement from src/db/sql (generated). Prepared on first use on each connection. */
struct db_sql {
    const char *name;
    const char *text;
};

/* Parameters: filled in order $1, $2, … Scalars and arrays; memory is owned by the args. At most
 * DB_ARGS_MAX. */
#define DB_ARGS_MAX 24
struct db_args;
/* NULL when memory is out: everything below accepts it, and the statement fails with ERR_NOMEM. */
struct db_args *db_args_new(void);
void db_args_free(struct db_args *args);
void db_arg_text(struct db_args *args, const char *text); /* NULL is SQL null */
void db_arg_text_len(struct db_args *args, const char *text, size_t len);
void db_arg_int(struct db_args *args, int64_t value);   /* bigint */
void db_arg_int32(struct db_args *args, int32_t value); /* integer */
void db_arg_bool(struct db_args *args, bool value);
void db_arg_date(struct db_args *args, int32_t date);        /* days since 1970-01-01 */
void db_arg_instant(struct db_args *args, struct instant t); /* INSTANT_NEVER is null */
void db_arg_bytes(struct db_args *args, const void *data, size_t len);
/* Arrays: begin one, then add elements; the next db_arg_… that is not an element ends it.
 * Element functions match the type. */
enum db_array { DB_TEXTS, DB_INTS, DB_INT32S, DB_BOOLS, DB_DATES, DB_INSTANTS, DB_BYTEAS };
void db_arg_array(struct db_args *args, enum db_array type);
void db_add_text(struct db_args *args, const char *text); /* NULL is null */
void db_add_text_len(struct db_args *args, const char *text, size_t len);
void db_add_int(struct db_args *args, int64_t value);
void db_add_int32(struct db_args *args, int32_t value);
void db_add_int32_or_null(struct db_args *args, bool known, int32_t value);
void db_add_bool(struct db_args *args, bool value);
void db_add_date(struct db_args *args, int32_t date);
void db_add_instant(struct db_args *args, struct instant t);
void db_add_bytes(struct db_args *args, const void *data, size_t len);

struct db_result;
void db_result_free(struct db_result *result);
int db_rows(const struct db_result *result);
bool db_is_null(const struct db_result *result, int row, int column);
/* Text or bytea: NUL-terminated, borrowed; NULL for null. */
const char *db_text(const struct db_result *result, int row, int column);
size_t db_len(const struct db_result *result, int row, int column);
/* smallint, integer or bigint; null is 0, as it is for the next two. */
int64_t db_int(const struct db_result *result, int row, int column);
bool db_bool(const struct db_result *result, int row, int column);
int32_t db_date(const struct db_result *result, int row, int column);
/* null is INSTANT_NEVER */
struct instant db_instant(const struct db_result *result, int row, int column);
/* A bigint[] without nulls; returns the number of elements, fills at most `max`. */
size_t db_ints(const struct db_result *result, int row, int column, int64_t *values, size_t max);
/* The i-th of a text[]: borrowed, not NUL-terminated; returns false past the end. */
bool db_texts_at(const struct db_result *result, int row, int column, size_t i,
                 const char **ret_text, size_t *ret_len);

/* Runs a statement. args may be NULL and are consumed (freed) in every case. ret_result may be
 * NULL. Errors: ERR_REFUSED (class 22, 23), ERR_TRANSIENT (class 40, and a lost connection),
 * ERR_UNAVAILABLE (08, 53, 57, cannot connect), ERR_NOMEM, ERR_INTERNAL (anything else: a
 * mistake of ours). */
MUST_CHECK enum err db_query(struct db *db, const struct db_sql *sql, struct db_args *args,
                             struct db_result **ret_result);

/* Queues statements that are sent in one round trip by db_pipeline_run; the results come back in
 * order. The first failing one fails the run with its error; the rest is then undone by the
 * caller's rollback. */
MUST_CHECK enum err db_pipeline_add(struct db *db, const struct db_sql *sql, struct db_args *args);
/* ret_results: room for as many pointers as statements were added (may be NULL to drop them). */
MUST_CHECK enum err db_pipeline_run(struct db *db, struct db_result **ret_results);
/* Forgets statements that were added and not run. */
void db_pipeline_clear(struct db *db);

/* Streams a large result: `row` is called with a one-row result for every row, and must not use
 * `db`; an error it returns ends the query, and a transaction around it is then to be rolled
 * back. */
typedef enum err db_row_fn(void *arg, const struct db_result *result);
MUST_CHECK enum err db_stream(struct db *db, const struct db_sql *sql, struct db_args *args,
                              db_row_fn *row, void *arg);

enum db_isolation {
    DB_READ_COMMITTED,
    DB_SNAPSHOT,      /* repeatable read, read only */
    DB_SNAPSHOT_WRITE /* the same, and writes what was made of it */
};
MUST_CHECK enum err db_begin(struct db *db, enum db_isolation isolation);
/* ERR_UNAVAILABLE when the answer was lost: it may have happened. */
MUST_CHECK enum err db_commit(struct db *db);
/* Also forgets what db_pipeline_add queued; never fails visibly. */
void db_rollback(struct db *db);

/* Time that a statement may take, 30 s at first; 0 is no limit. For commands that walk through
 * everything. Outside a transaction. */
MUST_CHECK enum err db_statement_timeout(struct db *db, int ms);

/* Text of the last error on this connection (SQLSTATE and message), for the log; never contains
 * parameters. */
const char *db_error(const struct db *db);

#endif
