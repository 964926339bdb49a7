/* /v1/subscriptions: who is sent which notifications. */
#include "subscriptions.h"

#include <stdio.h>
#include <string.h>

#include "body.h"
#include "books/notices.h"
#include "client/url.h"
#include "domain/limits.h"
#include "page.h"
#include "sql.h"

#define ID_BYTES 8
#define ID_SIZE (2 * ID_BYTES + 1)
#define SECRET_BYTES 32
#define SECRET_SIZE 56 /* "whsec_", base64 of the bytes, a NUL; a little room */
#define NAME_MAX_BYTES 200
#define TYPES_MAX 32
#define TYPE_MAX_BYTES 64
#define OF_A_MERCHANT_MAX 100 /* made by one key */
#define OLD_SECRET_US (24 * US_PER_HOUR)

/* What a caller states. A count of 0: all. */
struct wanted {
    const char *name;
    const char *url;
    size_t store_count;
    const char *stores[API_STORES_MAX];
    size_t type_count;
    const char *types[TYPES_MAX];
    bool active;
};

/* --- decode --- */

static bool is_merchant(const struct call *call)
{
    return call->req->principal->role == ROLE_MERCHANT;
}

static enum err check_types(struct call *call, const struct wanted *wanted)
{
    for (size_t i = 0; i < wanted->type_count; i++) {
        size_t known = 0;
        while (notice_types[known] != NULL && strcmp(notice_types[known], wanted->types[i]) != 0)
            known++;
        if (notice_types[known] != NULL)
            continue;
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/types/%zu", i);
        return call_invalid(call, pointer, "is no type of a notification that is sent");
    }
    return ERR_OK;
}

static enum err check_url(struct call *call, const char *url)
{
    const char *why = NULL;
    enum err err = url_check(url, call->api->private_webhooks, &why);
    return err == ERR_INVALID ? call_invalid(call, "/url", "%s", why) : err;
}

/* A merchant that names no store means those of its key, as they are now. */
static void take_own_stores(const struct call *call, struct wanted *wanted)
{
    const struct api_principal *principal = call->req->principal;
    if (wanted->store_count > 0 || principal->all_stores)
        return;
    for (size_t i = 0; i < principal->store_count; i++)
        wanted->stores[i] = principal->stores[i];
    wanted->store_count = principal->store_count;
}

/* The strings borrow from the document and the principal. */
static enum err read_wanted(struct call *call, const struct doc *doc, struct wanted *ret_wanted)
{
    struct reader reader;
    call_reader(call, doc, &reader);
    struct wanted *wanted = ret_wanted;
    wanted->url = reader_text(&reader, "url", URL_MAX_BYTES);
    wanted->name = reader_label(&reader, doc, "name", NAME_MAX_BYTES, "");
    wanted->active = reader_bool(&reader, "active", true);
    bool has_stores = reader_has(&reader, "stores"), has_types = reader_has(&reader, "types");
    wanted->store_count =
        reader_texts(&reader, "stores", API_STORES_MAX, ID_MAX_BYTES, wanted->stores);
    wanted->type_count = reader_texts(&reader, "types", TYPES_MAX, TYPE_MAX_BYTES, wanted->types);
    if (has_stores && wanted->store_count == 0)
        reader_fault(&reader, "stores", "must name a store; omitted means all of the key's");
    if (has_types && wanted->type_count == 0)
        reader_fault(&reader, "types", "must name a type; omitted means all");
    enum err err = call_finish(call, &reader);
    if (err == ERR_OK)
        err = check_url(call, wanted->url);
    if (err == ERR_OK)
        err = check_types(call, wanted);
    if (err != ERR_OK)
        return err;
    take_own_stores(call, wanted);
    return call_stores(call, wanted->stores, wanted->store_count);
}

/* --- load and save --- */

static enum err load(struct call *call, const char *id, struct db_result **ret_row)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    arg_covered(args, call->req->principal);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_subscription_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        *ret_row = result;
    else
        db_result_free(result);
    return err;
}

enum err call_subscription(struct call *call, struct db_result **ret_row)
{
    return load(call, call->req->params[0], ret_row);
}

/* Arguments "all" and "those". */
static void arg_texts(struct db_args *args, const char *const *texts, size_t count)
{
    db_arg_bool(args, count == 0);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, texts[i]);
}

static void secret_text(const uint8_t secret[static SECRET_BYTES], char text[static SECRET_SIZE])
{
    memcpy(text, "whsec_", 6);
    base64_encode(secret, SECRET_BYTES, text + 6);
}

static enum err add(struct call *call, const struct wanted *wanted, const uint8_t *secret,
                    const char *id)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    db_arg_text(args, call->req->principal->key_id);
    db_arg_bool(args, is_merchant(call));
    db_arg_text(args, wanted->name);
    db_arg_text(args, wanted->url);
    arg_texts(args, wanted->stores, wanted->store_count);
    arg_texts(args, wanted->types, wanted->type_count);
    db_arg_bool(args, wanted->active);
    db_arg_bytes(args, secret, SECRET_BYTES);
    db_arg_instant(args, call->req->now);
    db_arg_int(args, OF_A_MERCHANT_MAX);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_subscription_add, args, &result);
    if (err == ERR_OK && db_rows(result) == 0) {
        (void)call_invalid(call, "", "a merchant's key can have at most %d subscriptions",
                           OF_A_MERCHANT_MAX);
        err = ERR_CONFLICT;
    }
    db_result_free(result);
    return err;
}

static enum err replace(struct call *call, const struct wanted *wanted)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_text(args, wanted->name);
    db_arg_text(args, wanted->url);
    arg_texts(args, wanted->stores, wanted->store_count);
    arg_texts(args, wanted->types, wanted->type_count);
    db_arg_bool(args, wanted->active);
    return db_query(call->db, &sql_subscription_put, args, NULL);
}

static enum err rotate(struct call *call, const uint8_t *secret)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_bytes(args, secret, SECRET_BYTES);
    db_arg_instant(args, (struct instant){call->req->now.us + OLD_SECRET_US});
    return db_query(call->db, &sql_subscription_rotate, args, NULL);
}

/* --- encode --- */

static void write_texts(struct jsonw *json, const char *name, const struct db_result *result,
                        int row, int column)
{
    const char *text;
    size_t len;
    if (db_is_null(result, row, column)) {
        jsonw_null(json, name);
        return;
    }
    jsonw_array(json, name);
    for (size_t i = 0; db_texts_at(result, row, column, i, &text, &len); i++)
        jsonw_string_len(json, NULL, text, len);
    jsonw_end_array(json);
}

/* `secret` NULL: it is not shown. */
static void write_subscription(struct call *call, const struct db_result *result, int row,
                               const char *secret)
{
    struct jsonw *json = &call->json;
    struct instant old_until = db_instant(result, row, SUB_OLD_UNTIL);
    struct instant rests_until = db_instant(result, row, SUB_RESTS_UNTIL);
    struct instant now = call->req->now;
    jsonw_object(json, NULL);
    jsonw_string(json, "id", db_text(result, row, SUB_ID));
    if (secret != NULL)
        jsonw_string(json, "secret", secret);
    jsonw_string(json, "name", db_text(result, row, SUB_NAME));
    jsonw_string(json, "url", db_text(result, row, SUB_URL));
    write_texts(json, "stores", result, row, SUB_STORES);
    write_texts(json, "types", result, row, SUB_TYPES);
    jsonw_bool(json, "active", db_bool(result, row, SUB_ACTIVE));
    jsonw_string(json, "reason", db_text(result, row, SUB_REASON));
    jsonw_instant(json, "rests_until",
                  instant_before(now, rests_until) ? rests_until : INSTANT_NEVER);
    jsonw_instant(json, "old_secret_until",
                  instant_before(now, old_until) ? old_until : INSTANT_NEVER);
    jsonw_string(json, "created_by", db_text(result, row, SUB_CREATED_BY));
    jsonw_instant(json, "created_at", db_instant(result, row, SUB_CREATED_AT));
    jsonw_end_object(json);
}

/* As it stands now. */
static enum err answer(struct call *call, const char *id, const char *secret)
{
    struct db_result *row = NULL;
    enum err err = load(call, id, &row);
    if (err == ERR_OK)
        write_subscription(call, row, 0, secret);
    db_result_free(row);
    return err;
}

/* --- handlers --- */

static enum err decode(struct call *call, struct doc *ret_doc, struct wanted *ret_wanted)
{
    enum err err = call_doc(call, ret_doc);
    if (err != ERR_OK)
        return err;
    err = read_wanted(call, ret_doc, ret_wanted);
    if (err != ERR_OK)
        doc_done(ret_doc);
    return err;
}

enum err subscription_post(struct call *call)
{
    struct doc doc;
    struct wanted wanted;
    uint8_t secret[SECRET_BYTES], id_bytes[ID_BYTES];
    char id[ID_SIZE], text[SECRET_SIZE];
    enum err err = decode(call, &doc, &wanted);
    if (err != ERR_OK)
        return err;
    err = random_bytes(secret, sizeof secret);
    if (err == ERR_OK)
        err = random_bytes(id_bytes, sizeof id_bytes);
    hex_encode(id_bytes, sizeof id_bytes, id);
    if (err == ERR_OK)
        err = add(call, &wanted, secret, id);
    if (err == ERR_OK) {
        secret_text(secret, text);
        call->res->status = 201;
        err = answer(call, id, text);
    }
    doc_done(&doc);
    return err;
}

enum err subscription_get(struct call *call)
{
    return answer(call, call->req->params[0], NULL);
}

enum err subscription_put(struct call *call)
{
    struct doc doc;
    struct wanted wanted;
    struct db_result *row = NULL;
    enum err err = call_subscription(call, &row);
    db_result_free(row);
    if (err == ERR_OK)
        err = decode(call, &doc, &wanted);
    if (err != ERR_OK)
        return err;
    err = replace(call, &wanted);
    doc_done(&doc);
    return err == ERR_OK ? answer(call, call->req->params[0], NULL) : err;
}

enum err subscription_delete(struct call *call)
{
    struct db_result *row = NULL;
    enum err err = call_subscription(call, &row);
    db_result_free(row);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    call->res->status = 204;
    return db_query(call->db, &sql_subscription_delete, args, NULL);
}

enum err subscription_rotate(struct call *call)
{
    uint8_t secret[SECRET_BYTES];
    char text[SECRET_SIZE];
    struct db_result *row = NULL;
    enum err err = call_subscription(call, &row);
    db_result_free(row);
    if (err == ERR_OK)
        err = random_bytes(secret, sizeof secret);
    if (err == ERR_OK)
        err = rotate(call, secret);
    if (err != ERR_OK)
        return err;
    secret_text(secret, text);
    return answer(call, call->req->params[0], text);
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    char created[PAGE_INSTANT_SIZE];
    page_instant_text(db_instant(result, shown - 1, SUB_CREATED_AT), created);
    const char *const parts[] = {created, db_text(result, shown - 1, SUB_ID)};
    call_next_cursor(call, parts, 2);
}

enum err subscriptions_list(struct call *call)
{
    struct page page;
    struct instant after;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 2, &page);
    if (err == ERR_OK)
        err = page_instant(call, &page, 0, &after);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_instant(args, after);
    db_arg_text(args, page.after[1]);
    arg_covered(args, call->req->principal);
    db_arg_int32(args, page.limit + 1);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_subscriptions_page, args, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++)
        write_subscription(call, result, row, NULL);
    jsonw_end_array(&call->json);
    write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}
