/* /v1/keys: who may do what. */
#include "api/keys.h"

#include <stdio.h>
#include <string.h>

#include "body.h"
#include "call.h"
#include "domain/limits.h"
#include "page.h"
#include "sql.h"

#define SECRET_BYTES 32
#define KEY_ID_BYTES 8

/* --- making and removing --- */

enum err key_add(struct db *db, const struct key_grant *grant, struct instant now,
                 char ret_id[static KEY_ID_SIZE], char ret_secret[static KEY_SECRET_SIZE])
{
    uint8_t secret[SECRET_BYTES], id[KEY_ID_BYTES], hash[SHA256_SIZE];
    enum err err = random_bytes(secret, sizeof secret);
    if (err == ERR_OK)
        err = random_bytes(id, sizeof id);
    if (err != ERR_OK)
        return err;
    memcpy(ret_secret, "wv_", 3);
    base64url_encode(secret, sizeof secret, ret_secret + 3);
    hex_encode(id, sizeof id, ret_id);
    struct digest_part part = {ret_secret, strlen(ret_secret)};
    sha256(&part, 1, hash);

    struct db_args *args = db_args_new();
    db_arg_text(args, ret_id);
    db_arg_bytes(args, hash, sizeof hash);
    db_arg_text(args, role_name(grant->role));
    db_arg_bool(args, grant->store_count > 0);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < grant->store_count; i++)
        db_add_text(args, grant->stores[i]);
    db_arg_text(args, grant->name);
    db_arg_instant(args, now);
    return db_query(db, &sql_api_keys_add, args, NULL);
}

enum err key_remove(struct db *db, const char *id)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_api_keys_delete, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    db_result_free(result);
    return err;
}

/* --- decode --- */

static enum err read_grant(struct call *call, const struct doc *doc, const char **stores,
                           struct key_grant *ret_grant)
{
    struct reader reader;
    call_reader(call, doc, &reader);
    int role = reader_choice(&reader, "role", role_names, READER_REQUIRED);
    bool has_stores = reader_has(&reader, "stores");
    size_t count = reader_texts(&reader, "stores", API_STORES_MAX, ID_MAX_BYTES, stores);
    const char *name = reader_label(&reader, doc, "name", KEY_NAME_MAX, "");

    struct key_grant grant = {.store_count = count, .stores = stores, .name = name};
    if (role >= 0)
        grant.role = (enum api_role)(1u << role);
    if (grant.role == ROLE_MERCHANT && count == 0)
        reader_fault(&reader, "stores", "a merchant's key needs at least one store");
    if (grant.role == ROLE_ADMIN && has_stores)
        reader_fault(&reader, "stores", "an admin's key is for all stores");
    if (has_stores && count == 0)
        reader_fault(&reader, "stores", "must name a store; omitted means all stores");
    enum err err = call_finish(call, &reader);
    if (err == ERR_OK)
        *ret_grant = grant;
    return err;
}

/* --- encode --- */

/* Columns: key_id, role, stores, name, created_at. */
static void write_key(struct jsonw *json, const struct db_result *result, int row)
{
    const char *store;
    size_t len;
    jsonw_object(json, NULL);
    jsonw_string(json, "id", db_text(result, row, 0));
    jsonw_string(json, "role", db_text(result, row, 1));
    if (db_is_null(result, row, 2)) {
        jsonw_null(json, "stores");
    } else {
        jsonw_array(json, "stores");
        for (size_t i = 0; db_texts_at(result, row, 2, i, &store, &len); i++)
            jsonw_string_len(json, NULL, store, len);
        jsonw_end_array(json);
    }
    jsonw_string(json, "name", db_text(result, row, 3));
    jsonw_instant(json, "created_at", db_instant(result, row, 4));
    jsonw_end_object(json);
}

static void write_new_key(struct jsonw *json, const struct key_grant *grant, const char *id,
                          const char *secret, struct instant now)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "id", id);
    jsonw_string(json, "key", secret);
    jsonw_string(json, "role", role_name(grant->role));
    if (grant->store_count == 0) {
        jsonw_null(json, "stores");
    } else {
        jsonw_array(json, "stores");
        for (size_t i = 0; i < grant->store_count; i++)
            jsonw_string(json, NULL, grant->stores[i]);
        jsonw_end_array(json);
    }
    jsonw_string(json, "name", grant->name);
    jsonw_instant(json, "created_at", now);
    jsonw_end_object(json);
}

/* --- handlers --- */

enum err key_post(struct call *call)
{
    struct doc doc;
    enum err err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    const char *stores[API_STORES_MAX];
    struct key_grant grant;
    char id[KEY_ID_SIZE], secret[KEY_SECRET_SIZE];
    err = read_grant(call, &doc, stores, &grant);
    if (err == ERR_OK)
        err = call_stores(call, grant.stores, grant.store_count);
    if (err == ERR_OK)
        err = key_add(call->db, &grant, call->req->now, id, secret);
    if (err == ERR_OK) {
        call->res->status = 201;
        write_new_key(&call->json, &grant, id, secret, call->req->now);
    }
    doc_done(&doc);
    return err;
}

enum err key_get(struct call *call)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_api_keys_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        write_key(&call->json, result, 0);
    db_result_free(result);
    return err;
}

enum err key_delete(struct call *call)
{
    enum err err = key_remove(call->db, call->req->params[0]);
    if (err != ERR_OK)
        return err;
    key_cache_clear(call->api->keys);
    call->res->status = 204;
    return ERR_OK;
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    char created[PAGE_INSTANT_SIZE];
    page_instant_text(db_instant(result, shown - 1, 4), created);
    call_next_cursor(call, (const char *const[]){created, db_text(result, shown - 1, 0)}, 2);
}

enum err keys_list(struct call *call)
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
    db_arg_int32(args, page.limit + 1);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_api_keys_page, args, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++)
        write_key(&call->json, result, row);
    jsonw_end_array(&call->json);
    write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}
