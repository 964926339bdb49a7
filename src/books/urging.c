#include "books/urging.h"

#include "db/query.h"
#include "sql.h"

enum err urging_count(struct db *db, const char *store, const struct calendar *calendar,
                      struct urged_day *days, size_t count)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, calendar_start(calendar, days[i].day));
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, calendar_end(calendar, days[i].day));
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, days[i].t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_urging, args, &result);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        days[i].contacts = 0;
    for (int row = 0; row < db_rows(result); row++)
        days[db_int(result, row, 0) - 1].contacts = db_int(result, row, 1);
    db_result_free(result);
    return ERR_OK;
}
