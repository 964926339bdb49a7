#include "books/day_end.h"

#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* The first version of the settings holds before its instant, too. */
static enum err end_by(struct rules *rules, struct db *db, const struct db_result *versions,
                       int32_t day, struct instant *ret_end)
{
    int count = db_rows(versions);
    for (int row = 0; row < count; row++) {
        const struct calendar *calendar;
        enum err err = rules_calendar(rules, db, db_text(versions, row, 0), 0, &calendar);
        if (err != ERR_OK)
            return err == ERR_NOT_FOUND ? ERR_INTERNAL : err; /* it was checked when it was set */
        *ret_end = calendar_end(calendar, day);
        if (row > 0)
            *ret_end = instant_max(*ret_end, db_instant(versions, row, 1));
        if (row + 1 < count && instant_before(*ret_end, db_instant(versions, row + 1, 1)))
            break;
    }
    return count == 0 ? ERR_NOT_FOUND : ERR_OK;
}

enum err store_day_end(struct rules *rules, struct db *db, const char *store, int32_t day,
                       struct instant *ret_end)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    struct db_result *versions = NULL;
    enum err err = db_query(db, &sql_store_zones, args, &versions);
    if (err == ERR_OK)
        err = end_by(rules, db, versions, day, ret_end);
    db_result_free(versions);
    return err;
}
