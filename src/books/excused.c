#include "books/excused.h"

#include "base/cleanup.h"
#include "db/query.h"
#include "domain/fact.h"
#include "rules/rules.h"
#include "sql.h"

enum { PART_SCOPE, PART_FROM, PART_TO, PARTS };

enum err excused_take(struct rules *rules, const struct db_result *result, int row, int column,
                      const struct calendar *base, const struct calendar **ret_calendar)
{
    size_t len = db_ints(result, row, column, NULL, 0), periods = len / PARTS;
    if (periods == 0 && base->excused_count[EXCUSED_ORDERS] == 0 &&
        base->excused_count[EXCUSED_TICKETS] == 0) { /* nearly always */
        *ret_calendar = base;
        return ERR_OK;
    }
    AUTO_FREE int64_t *parts = calloc(len + 1, sizeof *parts);
    AUTO_FREE struct interval *intervals =
        calloc(CALENDAR_EXCUSES * periods + 1, sizeof(struct interval));
    if (parts == NULL || intervals == NULL)
        return ERR_NOMEM;
    db_ints(result, row, column, parts, len);
    struct excused excused[CALENDAR_EXCUSES];
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++)
        excused[what] = (struct excused){0, intervals + what * periods};
    for (size_t i = 0; i < periods; i++) {
        const int64_t *period = &parts[i * PARTS];
        struct excused *of =
            &excused[period[PART_SCOPE] == REPORT_STORE_TICKETS ? EXCUSED_TICKETS : EXCUSED_ORDERS];
        of->intervals[of->count++] = (struct interval){period[PART_FROM], period[PART_TO]};
    }
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++)
        excused_unite(&excused[what]);
    return rules_excusing(rules, base, excused, ret_calendar);
}

enum err excused_at(struct rules *rules, struct db *db, const char *store, struct instant t,
                    const struct calendar *base, const struct calendar **ret_calendar)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_excused_at, args, &result);
    if (err == ERR_OK)
        err = excused_take(rules, result, 0, 0, base, ret_calendar);
    db_result_free(result);
    return err;
}
