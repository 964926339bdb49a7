/* …/notifications: what a store was told, newest first, and that it was read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "body.h"
#include "books/notices.h"
#include "call.h"
#include "notifications.h"
#include "page.h"
#include "sql.h"

#define SEQ_DIGITS_MAX 19

/* --- decode --- */

enum err call_seq(struct call *call, const char *where, const char *pointer, const char *text,
                  int64_t *ret_seq)
{
    if (int_parse(text, strlen(text), 0, INT64_MAX, ret_seq) != ERR_OK)
        return call_invalid(call, pointer, "%smust be the id of a notification", where);
    return ERR_OK;
}

static bool is_type(const char *text)
{
    for (size_t i = 0; notice_types[i] != NULL; i++)
        if (strcmp(notice_types[i], text) == 0)
            return true;
    return strcmp(text, NOTICE_TEST) == 0;
}

struct filter {
    const char *type; /* NULL: all */
    bool unread;
};

static enum err read_filter(struct call *call, struct filter *ret_filter)
{
    const char *unread = api_query(call->req, "unread");
    struct filter filter = {.type = api_query(call->req, "type")};
    if (unread != NULL && strcmp(unread, "true") != 0 && strcmp(unread, "false") != 0)
        return call_invalid(call, "", "query parameter unread: must be true or false");
    if (filter.type != NULL && !is_type(filter.type))
        return call_invalid(call, "", "query parameter type: is no type of a notification");
    filter.unread = unread != NULL && strcmp(unread, "true") == 0;
    *ret_filter = filter;
    return ERR_OK;
}

/* --- load --- */

enum err notifications_head(struct db *db, const char *store, int64_t *ret_head,
                            int64_t *ret_unread)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_notifications_head, args, &result);
    if (err != ERR_OK)
        return err;
    if (db_rows(result) == 0) {
        err = ERR_NOT_FOUND;
    } else {
        *ret_head = db_int(result, 0, 0);
        *ret_unread = db_int(result, 0, 1);
    }
    db_result_free(result);
    return err;
}

static enum err load_page(struct call *call, const char *store, const struct filter *filter,
                          const struct page *page, struct db_result **ret_result)
{
    int64_t before = INT64_MAX;
    if (page->after[0] != NULL) {
        enum err err = call_seq(call, "query parameter cursor: ", "", page->after[0], &before);
        if (err != ERR_OK)
            return err;
    }
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_int(args, before);
    db_arg_text(args, filter->type);
    db_arg_bool(args, filter->unread);
    db_arg_int32(args, page->limit + 1);
    return db_query(call->db, &sql_notifications_page, args, ret_result);
}

/* --- encode --- */

enum column { SEQ, TYPE, AT, RECORDED_AT, READ_AT, DATA };

static void write_item(struct jsonw *json, const struct db_result *result, int row)
{
    const struct notification notification = {
        .seq = db_int(result, row, SEQ),
        .type = db_text(result, row, TYPE),
        .at = db_instant(result, row, AT),
        .recorded_at = db_instant(result, row, RECORDED_AT),
        .data = db_text(result, row, DATA),
        .data_len = db_len(result, row, DATA),
    };
    jsonw_object(json, NULL);
    notification_write(json, &notification);
    jsonw_instant(json, "read_at", db_instant(result, row, READ_AT));
    jsonw_end_object(json);
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    char seq[SEQ_DIGITS_MAX + 2];
    snprintf(seq, sizeof seq, "%" PRId64, db_int(result, shown - 1, SEQ));
    call_next_cursor(call, (const char *const[]){seq}, 1);
}

/* --- handlers --- */

enum err notifications_list(struct call *call)
{
    const char *store;
    struct page page;
    struct filter filter = {.type = NULL};
    int64_t head, unread;
    struct db_result *result = NULL;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 1, &page);
    if (err == ERR_OK)
        err = read_filter(call, &filter);
    if (err == ERR_OK)
        err = notifications_head(call->db, store, &head, &unread);
    if (err == ERR_OK)
        err = load_page(call, store, &filter, &page, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_int(&call->json, "unread", unread);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++) {
        write_item(&call->json, result, row);
        if (call->res->body.len > PAGE_BYTES_MAX) /* data can be large: the page ends early */
            shown = row + 1;
    }
    jsonw_end_array(&call->json);
    write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}

static enum err decode_through(struct call *call, int64_t *ret_through)
{
    struct doc doc;
    enum err err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    struct reader reader;
    call_reader(call, &doc, &reader);
    const char *through = reader_text(&reader, "through", SEQ_DIGITS_MAX);
    err = call_finish(call, &reader);
    if (err == ERR_OK)
        err = call_seq(call, "", "/through", through, ret_through);
    doc_done(&doc);
    return err;
}

static enum err mark_read(struct call *call, const char *store, int64_t through)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_int(args, through);
    db_arg_instant(args, call->req->now);
    return db_query(call->db, &sql_notifications_read, args, NULL);
}

enum err notifications_read(struct call *call)
{
    const char *store;
    int64_t through, head, unread;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = decode_through(call, &through);
    if (err == ERR_OK)
        err = mark_read(call, store, through);
    if (err == ERR_OK)
        err = notifications_head(call->db, store, &head, &unread);
    if (err != ERR_OK)
        return err;
    jsonw_object(&call->json, NULL);
    jsonw_int(&call->json, "unread", unread);
    jsonw_end_object(&call->json);
    return ERR_OK;
}
