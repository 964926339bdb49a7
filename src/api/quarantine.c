/* GET /v1/quarantine: what came in and was not applied, oldest first. */
#include "call.h"
#include "page.h"
#include "sql.h"

enum column { STORE, SOURCE, ID, DIGEST, RECEIVED_AT, REASON, POINTER, DETAIL, BODY };

static void write_item(struct jsonw *json, const struct db_result *result, int row)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "store", db_text(result, row, STORE));
    jsonw_string(json, "source", db_text(result, row, SOURCE));
    jsonw_string(json, "id", db_text(result, row, ID));
    jsonw_string(json, "reason", db_text(result, row, REASON));
    jsonw_string(json, "pointer", db_text(result, row, POINTER));
    jsonw_string(json, "detail", db_text(result, row, DETAIL));
    jsonw_instant(json, "received_at", db_instant(result, row, RECEIVED_AT));
    jsonw_string_len(json, "body", db_text(result, row, BODY), db_len(result, row, BODY));
    jsonw_end_object(json);
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    int last = shown - 1;
    char at[PAGE_INSTANT_SIZE];
    page_instant_text(db_instant(result, last, RECEIVED_AT), at);
    const char *const parts[] = {at, db_text(result, last, STORE), db_text(result, last, SOURCE),
                                 db_text(result, last, ID), db_text(result, last, DIGEST)};
    call_next_cursor(call, parts, CURSOR_PARTS);
}

enum err quarantine_list(struct call *call)
{
    const char *store = api_query(call->req, "store");
    if (store != NULL && !call_may(call, store))
        return ERR_NOT_FOUND;
    struct page page;
    struct instant at;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, CURSOR_PARTS, &page);
    if (err == ERR_OK)
        err = page_instant(call, &page, 0, &at);
    if (err != ERR_OK)
        return err;

    struct db_args *args = db_args_new();
    db_arg_instant(args, at);
    for (size_t part = 1; part < CURSOR_PARTS; part++)
        db_arg_text(args, page.after[part]);
    arg_covered(args, call->req->principal);
    db_arg_text(args, store);
    db_arg_text(args, api_query(call->req, "source"));
    db_arg_int32(args, page.limit + 1);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_quarantine_page, args, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++) {
        write_item(&call->json, result, row);
        if (call->res->body.len > PAGE_BYTES_MAX) /* bodies can be large: the page ends early */
            shown = row + 1;
    }
    jsonw_end_array(&call->json);
    write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}
