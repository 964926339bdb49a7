/* …/deliveries: what was and is to be sent for a subscription; sending it again, and a test. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "books/notices.h"
#include "domain/limits.h"
#include "page.h"
#include "sql.h"
#include "subscriptions.h"

#define INSTANT_MAX_BYTES 64

enum column {
    ID,
    STORE,
    SEQ,
    TYPE,
    STATE,
    ATTEMPTS,
    CREATED_AT,
    ATTEMPTED_AT,
    STATUS,
    ERROR,
    NEXT_AT,
    DONE_AT,
};

/* --- encode --- */

static void write_item(struct jsonw *json, const struct db_result *result, int row)
{
    char notification[24];
    snprintf(notification, sizeof notification, "%" PRId64, db_int(result, row, SEQ));
    jsonw_object(json, NULL);
    jsonw_string(json, "id", db_text(result, row, ID));
    jsonw_string(json, "store", db_text(result, row, STORE));
    jsonw_string(json, "notification", notification);
    jsonw_string(json, "type", db_text(result, row, TYPE));
    jsonw_string(json, "state", db_text(result, row, STATE));
    jsonw_int(json, "attempts", db_int(result, row, ATTEMPTS));
    jsonw_instant(json, "created_at", db_instant(result, row, CREATED_AT));
    jsonw_instant(json, "last_attempt_at", db_instant(result, row, ATTEMPTED_AT));
    if (db_is_null(result, row, STATUS))
        jsonw_null(json, "last_status");
    else
        jsonw_int(json, "last_status", db_int(result, row, STATUS));
    jsonw_string(json, "last_error", db_text(result, row, ERROR));
    jsonw_instant(json, "next_attempt_at", db_instant(result, row, NEXT_AT));
    jsonw_instant(json, "done_at", db_instant(result, row, DONE_AT));
    jsonw_end_object(json);
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    char created[PAGE_INSTANT_SIZE];
    page_instant_text(db_instant(result, shown - 1, CREATED_AT), created);
    const char *const parts[] = {created, db_text(result, shown - 1, ID)};
    call_next_cursor(call, parts, 2);
}

/* --- the list --- */

static enum err read_state(struct call *call, const char **ret_state)
{
    const char *state = api_query(call->req, "state");
    if (state != NULL && strcmp(state, "pending") != 0 && strcmp(state, "delivered") != 0 &&
        strcmp(state, "dead") != 0)
        return call_invalid(call, "",
                            "query parameter state: must be one of: pending, delivered, dead");
    *ret_state = state;
    return ERR_OK;
}

static enum err load_page(struct call *call, const struct page *page, struct instant before,
                          const char *state, struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_instant(args, before);
    db_arg_text(args, page->after[1]);
    db_arg_text(args, state);
    db_arg_int32(args, page->limit + 1);
    return db_query(call->db, &sql_deliveries_page, args, ret_result);
}

/* Whether the caller may see the subscription of the path. */
static enum err find_subscription(struct call *call)
{
    struct db_result *row = NULL;
    enum err err = call_subscription(call, &row);
    db_result_free(row);
    return err;
}

enum err deliveries_list(struct call *call)
{
    struct page page;
    struct instant before = INSTANT_NEVER;
    const char *state = NULL;
    struct db_result *result = NULL;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 2, &page);
    if (err == ERR_OK)
        err = page_instant(call, &page, 0, &before);
    if (err == ERR_OK)
        err = read_state(call, &state);
    if (err == ERR_OK)
        err = find_subscription(call);
    if (err == ERR_OK)
        err = load_page(call, &page, before, state, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++)
        write_item(&call->json, result, row);
    jsonw_end_array(&call->json);
    write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}

/* --- sending again --- */

enum err delivery_redeliver(struct call *call)
{
    enum err err = find_subscription(call);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_text(args, call->req->params[1]);
    db_arg_instant(args, call->req->now);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_delivery_redeliver, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        write_item(&call->json, result, 0);
    db_result_free(result);
    return err;
}

static enum err read_since(struct call *call, struct instant *ret_since)
{
    struct doc doc;
    struct reader reader;
    enum err err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    call_reader(call, &doc, &reader);
    const char *why, *text = reader_text(&reader, "since", INSTANT_MAX_BYTES);
    if (text != NULL && instant_parse(text, strlen(text), ret_since, &why) != ERR_OK)
        reader_fault(&reader, "since", "%s", why);
    err = call_finish(call, &reader);
    doc_done(&doc);
    return err;
}

enum err deliveries_redeliver(struct call *call)
{
    struct instant since = INSTANT_NEVER;
    enum err err = find_subscription(call);
    if (err == ERR_OK)
        err = read_since(call, &since);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_instant(args, since);
    db_arg_instant(args, call->req->now);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_deliveries_redeliver, args, &result);
    if (err != ERR_OK)
        return err;
    jsonw_object(&call->json, NULL);
    jsonw_int(&call->json, "redelivered", db_int(result, 0, 0));
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}

/* --- a test --- */

/* Whether it is among the stores of a subscription that names some. */
static bool names(const struct db_result *subscription, const char *store)
{
    const char *text;
    size_t len;
    for (size_t i = 0; db_texts_at(subscription, 0, SUB_STORES, i, &text, &len); i++)
        if (strlen(store) == len && memcmp(store, text, len) == 0)
            return true;
    return false;
}

/* The store that the test is for: the stated one, else the first of the subscription. */
static enum err choose_store(struct call *call, const struct db_result *subscription,
                             const char *stated, char ret_store[static ID_MAX_BYTES + 1])
{
    const char *first;
    size_t len;
    bool all = db_is_null(subscription, 0, SUB_STORES);
    if (stated == NULL && all)
        return call_invalid(call, "/store", "is required: the subscription is for all stores");
    if (stated != NULL && !all && !names(subscription, stated))
        return call_invalid(call, "/store", "is not of the subscription's stores");
    if (stated != NULL) {
        snprintf(ret_store, ID_MAX_BYTES + 1, "%s", stated);
        return call_named_store(call, "/store", ret_store);
    }
    if (!db_texts_at(subscription, 0, SUB_STORES, 0, &first, &len))
        return ERR_INTERNAL;
    snprintf(ret_store, ID_MAX_BYTES + 1, "%.*s", (int)len, first);
    return ERR_OK;
}

static enum err read_store(struct call *call, const struct db_result *subscription,
                           char ret_store[static ID_MAX_BYTES + 1])
{
    struct doc doc;
    struct reader reader;
    enum err err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    call_reader(call, &doc, &reader);
    const char *stated = reader_optional_text(&reader, "store", ID_MAX_BYTES);
    err = call_finish(call, &reader);
    if (err == ERR_OK)
        err = choose_store(call, subscription, stated, ret_store);
    doc_done(&doc);
    return err;
}

/* The notice and its delivery, in one transaction; ret_result is the delivery. */
static enum err add_test(struct call *call, const char *store, struct db_result **ret_result)
{
    const char *subscription = call->req->params[0];
    enum err err = db_begin(call->db, DB_READ_COMMITTED);
    if (err == ERR_OK)
        err = notices_test(call->db, store, subscription, call->req->now);
    if (err == ERR_OK) { /* ours: the store's next one waits for this transaction */
        struct db_args *args = db_args_new();
        db_arg_text(args, store);
        db_arg_text(args, subscription);
        err = db_query(call->db, &sql_delivery_newest, args, ret_result);
    }
    if (err == ERR_OK)
        return db_commit(call->db);
    db_rollback(call->db);
    return err;
}

enum err subscription_test(struct call *call)
{
    char store[ID_MAX_BYTES + 1] = "";
    struct db_result *subscription = NULL, *delivery = NULL;
    enum err err = call_subscription(call, &subscription);
    if (err == ERR_OK && !db_bool(subscription, 0, SUB_ACTIVE)) {
        (void)call_invalid(call, "", "the subscription is not active");
        err = ERR_CONFLICT;
    }
    if (err == ERR_OK)
        err = read_store(call, subscription, store);
    if (err == ERR_OK)
        err = add_test(call, store, &delivery);
    if (err == ERR_OK) {
        call->res->status = 201;
        write_item(&call->json, delivery, 0);
    }
    db_result_free(subscription);
    db_result_free(delivery);
    return err;
}
