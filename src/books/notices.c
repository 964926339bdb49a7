#include "books/notices.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "db/query.h"
#include "sql.h"

const char *const notice_types[] = {NOTICE_LEVEL,
                                    NOTICE_VERDICT,
                                    NOTICE_REVOKED,
                                    NOTICE_RESTRICTED,
                                    NOTICE_UNRESTRICTED,
                                    NOTICE_REPORT,
                                    NULL};

/* `subscription` NULL: to all that want them. */
static enum err add(struct db *db, const char *store, struct instant recorded_at,
                    const struct notice *notices, size_t count, const char *subscription)
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
    db_arg_text(args, subscription);
    return db_query(db, &sql_notices_add, args, NULL);
}

enum err notices_add(struct db *db, const char *store, struct instant recorded_at,
                     const struct notice *notices, size_t count)
{
    return add(db, store, recorded_at, notices, count, NULL);
}

enum err notices_test(struct db *db, const char *store, const char *subscription,
                      struct instant now)
{
    static const char data[] = "{}";
    const struct notice notice = {NOTICE_TEST, now, data, sizeof data - 1};
    return add(db, store, now, &notice, 1, subscription);
}

void notification_write(struct jsonw *json, const struct notification *notification)
{
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, notification->seq);
    jsonw_string(json, "id", id);
    jsonw_string(json, "type", notification->type);
    jsonw_instant(json, "at", notification->at);
    jsonw_instant(json, "recorded_at", notification->recorded_at);
    jsonw_json(json, "data", notification->data, notification->data_len);
}
