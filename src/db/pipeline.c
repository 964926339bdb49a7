/* libpq's pipeline mode. Statements are kept until the run, so that the mode is entered and left in
 * one function: nothing else ever sees a connection in it. They are prepared before it, one round
 * trip each, once in a connection's life.
 *
 * A blocking connection does not deadlock when both sides have more to send than the sockets
 * hold: while libpq waits to send it reads what comes in. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "db/args.h"
#include "db/conn.h"
#include "db/query.h"
#include "db/result.h"
#include "db/statements.h"

void db_pipeline_clear(struct db *db)
{
    for (size_t i = 0; i < db->step_count; i++)
        db_args_free(db->steps[i].args);
    db->step_count = 0;
}

enum err db_pipeline_add(struct db *db, const struct db_sql *sql, struct db_args *args)
{
    AUTO_ARGS struct db_args *owned = args;
    if (db->step_count == db->step_cap) {
        size_t cap = db->step_cap == 0 ? 8 : 2 * db->step_cap;
        struct pipeline_step *grown = reallocarray(db->steps, cap, sizeof *grown);
        if (grown == NULL)
            return ERR_NOMEM;
        db->steps = grown;
        db->step_cap = cap;
    }
    db->steps[db->step_count++] = (struct pipeline_step){sql, owned};
    owned = NULL;
    return ERR_OK;
}

static enum err prepare_all(struct db *db)
{
    for (size_t i = 0; i < db->step_count; i++) {
        const struct pipeline_step *step = &db->steps[i];
        struct args_view view;
        enum err err = statements_bind(db, step->sql, step->args, &view);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err send_all(struct db *db)
{
    for (size_t i = 0; i < db->step_count; i++) {
        const struct pipeline_step *step = &db->steps[i];
        struct args_view view;
        enum err err = args_view(step->args, step->sql->text, &view);
        if (err != ERR_OK)
            return err;
        if (PQsendQueryPrepared(db->pg, step->sql->name, view.count, view.values, view.lengths,
                                view.formats, 1) != 1)
            return conn_failed(db, step->sql->name, NULL);
    }
    return PQpipelineSync(db->pg) == 1 ? ERR_OK : conn_failed(db, "pipeline", NULL);
}

/* After a failure the rest come as PGRES_PIPELINE_ABORTED: every statement is read, and the
 * first error is the run's. A connection that dies can go on giving results without an end, so
 * it ends the reading too. */
static enum err read_all(struct db *db, struct db_result **results)
{
    enum err first_err = ERR_OK;
    for (size_t i = 0; i < db->step_count && !db->broken; i++) {
        PGresult *result = PQgetResult(db->pg);
        if (first_err == ERR_OK)
            first_err = conn_take_result(db, db->steps[i].sql->name, result, &results[i]);
        else
            PQclear(result);
        if (PQstatus(db->pg) == CONNECTION_OK)
            PQclear(PQgetResult(db->pg)); /* the NULL that ends a statement's results */
        else
            db->broken = true;
    }
    return first_err;
}

/* Reads the answer to the sync. */
static bool leave(struct db *db)
{
    AUTO_PGRESULT PGresult *sync = PQgetResult(db->pg);
    return PQresultStatus(sync) == PGRES_PIPELINE_SYNC && PQexitPipelineMode(db->pg) == 1;
}

static enum err send_and_read(struct db *db, struct db_result **results)
{
    if (PQenterPipelineMode(db->pg) != 1)
        return conn_failed(db, "pipeline", NULL);
    enum err err = send_all(db);
    if (err != ERR_OK) {
        db->broken = true; /* half sent */
        return err;
    }
    err = read_all(db, results);
    if (db->broken || leave(db))
        return err;
    db->broken = true;
    return err != ERR_OK ? err : ERR_TRANSIENT;
}

static enum err run(struct db *db, struct db_result **results)
{
    enum err err = prepare_all(db);
    if (err == ERR_OK)
        err = send_and_read(db, results);
    return err;
}

enum err db_pipeline_run(struct db *db, struct db_result **ret_results)
{
    size_t count = db->step_count;
    if (count == 0)
        return ERR_OK;
    AUTO_FREE struct db_result **results = calloc(count, sizeof(struct db_result *));
    enum err err = results != NULL ? run(db, results) : ERR_NOMEM;
    db_pipeline_clear(db);
    if (results == NULL)
        return err;

    bool keep = err == ERR_OK && ret_results != NULL;
    for (size_t i = 0; i < count; i++)
        if (keep)
            ret_results[i] = results[i];
        else
            db_result_free(results[i]);
    return err;
}
