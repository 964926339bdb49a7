/* Results that are too large to hold: libpq's single-row mode. */
#include "db/args.h"
#include "db/conn.h"
#include "db/query.h"
#include "db/result.h"
#include "db/statements.h"

/* Ends the running query early. The server has the request when PQcancel returns, so that it
 * cannot hit a later statement. When it fails the rest is read and dropped, which takes longer. */
static void cancel(struct db *db)
{
    char why[256];
    PGcancel *request = PQgetCancel(db->pg);
    if (request == NULL)
        return;
    PQcancel(request, why, sizeof why);
    PQfreeCancel(request);
}

static enum err read_rows(struct db *db, const char *name, db_row_fn *row, void *arg)
{
    enum err err = ERR_OK;
    while (!db->broken) {
        AUTO_PGRESULT PGresult *result = PQgetResult(db->pg);
        if (result == NULL)
            break;
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE && err == ERR_OK) {
            err = row(arg, &(struct db_result){result});
            if (err != ERR_OK)
                cancel(db);
        } else if (status == PGRES_FATAL_ERROR && err == ERR_OK) {
            err = conn_failed(db, name, result);
        }
        if (PQstatus(db->pg) != CONNECTION_OK)
            db->broken = true; /* what it gives from here on may have no end */
    }
    return err;
}

enum err db_stream(struct db *db, const struct db_sql *sql, struct db_args *args, db_row_fn *row,
                   void *arg)
{
    AUTO_ARGS struct db_args *owned = args;
    struct args_view view;
    enum err err = statements_bind(db, sql, owned, &view);
    if (err != ERR_OK)
        return err;
    if (PQsendQueryPrepared(db->pg, sql->name, view.count, view.values, view.lengths, view.formats,
                            1) != 1)
        return conn_failed(db, sql->name, NULL);
    if (PQsetSingleRowMode(db->pg) != 1) {
        db->broken = true; /* a result is on its way */
        return ERR_INTERNAL;
    }
    return read_rows(db, sql->name, row, arg);
}
