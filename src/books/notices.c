#include "books/notices.h"

#include "db/query.h"
#include "sql.h"

enum err notices_add(struct db *db, const char *store, struct instant recorded_at,
                     const struct notice *notices, size_t count)
{
    if (count == 0)
        return ERR_OK;
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, notices[i].type);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, notices[i].at);
    db_arg_instant(args, recorded_at);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text_len(args, notices[i].data, notices[i].data_len);
    return db_query(db, &sql_notices_add, args, NULL);
}
