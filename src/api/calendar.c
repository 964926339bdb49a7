/* /v1/calendar: what metrics leave out, and holidays. */
#include "json/calendar.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "body.h"
#include "call.h"
#include "sql.h"

/* Escapes may be longer than what they stand for. */
#define CANONICAL_MAX (2 * CALENDAR_MAX_BYTES)

/* --- answering --- */

static enum err write_tallied(struct call *call, int32_t version)
{
    struct db_args *args = db_args_new();
    db_arg_int32(args, version);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_calendar_tallied, args, &result);
    if (err == ERR_OK)
        buf_printf(&call->res->body, "\"tallied\":{\"stores\":%lld,\"moved\":%lld}",
                   (long long)db_int(result, 0, 0), (long long)db_int(result, 0, 1));
    db_result_free(result);
    return err;
}

/* The document as it was put, its members behind those of the server. */
static enum err write_calendar(struct call *call, int32_t version, const char *document, size_t len)
{
    struct buf *body = &call->res->body;
    buf_printf(body, "{\"version\":%d,", (int)version);
    enum err err = write_tallied(call, version);
    buf_putc(body, ',');
    buf_append(body, document + 1, len - 1);
    return err == ERR_OK ? buf_status(body) : err;
}

enum err calendar_get(struct call *call)
{
    static const char none[] = "{\"holidays\":[],\"suspended\":[]}";
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_calendar_newest, NULL, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = write_calendar(call, 0, none, sizeof none - 1);
    else if (err == ERR_OK)
        err = write_calendar(call, (int32_t)db_int(result, 0, 0), db_text(result, 0, 1),
                             db_len(result, 0, 1));
    db_result_free(result);
    return err;
}

/* --- storing --- */

static enum err is_newest(struct db *db, const struct buf *document, bool *ret_same)
{
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_calendar_newest, NULL, &result);
    if (err == ERR_OK)
        *ret_same = db_rows(result) > 0 && strcmp(db_text(result, 0, 1), buf_text(document)) == 0;
    db_result_free(result);
    return err;
}

/* In a transaction. The same document again makes no version. */
static enum err add_version(struct call *call, const struct buf *document)
{
    bool same = false;
    enum err err = db_query(call->db, &sql_calendar_lock, NULL, NULL);
    if (err == ERR_OK)
        err = is_newest(call->db, document, &same);
    if (err != ERR_OK || same)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text_len(args, document->data, document->len);
    db_arg_instant(args, call->req->now);
    return db_query(call->db, &sql_calendar_add, args, NULL);
}

static enum err save(struct call *call, const struct buf *document)
{
    enum err err = db_begin(call->db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = add_version(call, document);
    if (err == ERR_OK)
        err = db_commit(call->db);
    if (err != ERR_OK)
        db_rollback(call->db);
    return err;
}

static enum err decode(struct call *call, struct buf *ret_document)
{
    const char *body = call->req->body == NULL ? "" : call->req->body;
    AUTO_FREE struct calendar_document *said = calloc(1, sizeof *said);
    if (said == NULL)
        return ERR_NOMEM;
    enum err err = call_json(call);
    if (err == ERR_OK)
        err = calendar_decode(body, call->req->body_len, said, &call->faults);
    return err == ERR_OK ? calendar_canonical(body, call->req->body_len, ret_document) : err;
}

enum err calendar_put(struct call *call)
{
    AUTO_BUF struct buf document;
    buf_init(&document, CANONICAL_MAX);
    enum err err = decode(call, &document);
    if (err == ERR_OK)
        err = save(call, &document);
    if (err != ERR_OK)
        return err;
    api_follow(call->api, call->db, NULL);
    return calendar_get(call);
}
