/* An entity as a row of its table: its facts, and what the indexes need read off them. */
#ifndef BOOKS_ROW_H
#define BOOKS_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "domain/measure.h"

struct db;
struct db_result;
struct db_sql;

/* The columns beside the facts, for each kind of entity those that its table has. */
struct row {
    enum entity entity;
    struct instant last_at; /* latest effective time of a fact or a retraction */
    /* orders */
    struct instant t0; /* INSTANT_NEVER: unknown, or the order is out of all counts */
    struct instant promise_at;
    struct instant deliver_by;
    bool wait_collected, wait_delivered, wait_shipped;
    bool exempt;    /* a report that names the order excuses it; then it waits for nothing */
    bool retracted; /* some fact is: the past differs from the present */
    /* tickets, reviews */
    struct instant at; /* opened, reviewed, submitted; INSTANT_NEVER: not known to be */
    const char *buyer; /* borrowed, NULL: none */
    const char *order;
    /* tickets */
    enum ticket_kind kind;
    bool left_message;
    bool wait_replied, wait_audited;
    bool recontact; /* from the neighbours */
    bool urge;
    bool excused; /* a report that names the ticket excuses it */
    /* reviews */
    bool active;
    /* delay reports */
    enum report_status status;
    enum report_scope scope;
    struct instant period_from, period_to;
    struct instant approved_at, revoked_at;
};

/* The entity by everything that is known, without what its neighbours say. */
struct view view_of(enum entity entity, const struct facts *facts, struct instant t);

/* The columns of an entity; view = view_of(…, INSTANT_NEVER). */
struct row row_of(const struct facts *facts, const struct view *view);

/* The name of a column in which they differ, NULL: none. `recontact` is not compared. */
const char *row_difference(const struct row *a, const struct row *b);

/* Reads the columns that stand in a result from `column` on, in the order of the refold statements;
 * texts are borrowed from the result. */
struct row row_take(enum entity entity, const struct db_result *result, int row, int column);

/* A row to be written. */
struct row_put {
    const char *store;
    const char *id;
    struct row row;
    const char *facts;
    size_t facts_len;
    bool exists; /* orders are added or changed by different statements */
};

/* Queues the writes of rows, of any entities, in the connection's pipeline. */
MUST_CHECK enum err rows_write(struct db *db, const struct row_put *puts, size_t count);

#endif
