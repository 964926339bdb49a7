/* One statement, one round trip (two when it is prepared first). */
#include "db/query.h"

#include "db/args.h"
#include "db/conn.h"
#include "db/statements.h"

enum err db_query(struct db *db, const struct db_sql *sql, struct db_args *args,
                  struct db_result **ret_result)
{
    AUTO_ARGS struct db_args *owned = args;
    struct args_view view;
    enum err err = statements_bind(db, sql, owned, &view);
    if (err != ERR_OK)
        return err;
    PGresult *result =
        PQexecPrepared(db->pg, sql->name, view.count, view.values, view.lengths, view.formats, 1);
    return conn_take_result(db, sql->name, result, ret_result);
}
