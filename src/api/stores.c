/* /v1/stores: the settings of stores. */
#include <stdio.h>
#include <string.h>

#include "body.h"
#include "books/settings.h"
#include "call.h"
#include "domain/limits.h"
#include "page.h"
#include "rules/rules.h"
#include "sql.h"

#define LABEL_MAX 200 /* name, category */
#define TIME_ZONE_MAX 64
#define SERVICE_MAX 64

/* --- decode --- */

static bool is_service(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* A PUT states all settings: what is omitted gets its default. The id of the path may stand
 * inside, as a GET answers it. */
static enum err read_settings(struct call *call, const struct doc *doc, const char *store,
                              const char **services, struct settings *ret_settings)
{
    struct reader reader;
    call_reader(call, doc, &reader);
    const char *inside = reader_optional_text(&reader, "store", ID_MAX_BYTES);
    if (inside != NULL && strcmp(inside, store) != 0)
        reader_fault(&reader, "store", "is not the store of the path");
    struct settings settings = {
        .name = reader_label(&reader, doc, "name", LABEL_MAX, store),
        .category = reader_label(&reader, doc, "category", LABEL_MAX, ""),
        .time_zone = reader_optional_text(&reader, "time_zone", TIME_ZONE_MAX),
        .policy_id = reader_optional_text(&reader, "policy", POLICY_ID_MAX),
        .service_count = reader_texts(&reader, "services", SERVICES_MAX, SERVICE_MAX, services),
        .services = services,
    };
    if (settings.time_zone == NULL)
        settings.time_zone = "Asia/Shanghai";
    if (settings.policy_id == NULL)
        settings.policy_id = DEFAULT_POLICY;
    enum err err = call_finish(call, &reader);
    for (size_t i = 0; err == ERR_OK && i < settings.service_count; i++) {
        if (is_service(services[i]))
            continue;
        char pointer[32];
        snprintf(pointer, sizeof pointer, "/services/%zu", i);
        err = call_invalid(call, pointer, "must be of a-z, 0-9 and _");
    }
    if (err == ERR_OK)
        *ret_settings = settings;
    return err;
}

static enum err check_known(struct call *call, const struct settings *settings)
{
    const struct calendar *calendar;
    enum err err = rules_calendar(call->api->rules, call->db, settings->time_zone, 0, &calendar);
    return err == ERR_NOT_FOUND ? call_invalid(call, "/time_zone", "no such time zone") : err;
}

/* --- encode --- */

/* Columns: store_id, name, category, time_zone, policy_id, services. */
static void write_settings(struct jsonw *json, const struct db_result *result, int row)
{
    const char *service;
    size_t len;
    jsonw_string(json, "store", db_text(result, row, 0));
    jsonw_string(json, "name", db_text(result, row, 1));
    jsonw_string(json, "category", db_text(result, row, 2));
    jsonw_string(json, "time_zone", db_text(result, row, 3));
    jsonw_string(json, "policy", db_text(result, row, 4));
    jsonw_array(json, "services");
    for (size_t i = 0; db_texts_at(result, row, 5, i, &service, &len); i++)
        jsonw_string_len(json, NULL, service, len);
    jsonw_end_array(json);
}

static enum err answer_store(struct call *call, const char *store)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_store_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK) {
        jsonw_object(&call->json, NULL);
        write_settings(&call->json, result, 0);
        jsonw_end_object(&call->json);
    }
    db_result_free(result);
    return err;
}

/* --- handlers --- */

enum err store_get(struct call *call)
{
    const char *store;
    enum err err = call_store(call, &store);
    return err == ERR_OK ? answer_store(call, store) : err;
}

static enum err put(struct call *call, const char *store, const struct doc *doc)
{
    const char *services[SERVICES_MAX];
    struct settings settings;
    enum err err = read_settings(call, doc, store, services, &settings);
    if (err == ERR_OK)
        err = check_known(call, &settings);
    if (err != ERR_OK)
        return err;
    bool created = false;
    err = settings_put(call->api->rules, call->db, store, &settings, &created);
    if (err == ERR_NOT_FOUND)
        return call_invalid(call, "/policy", "no such policy");
    if (err != ERR_OK)
        return err;
    snapshots_drop(call->api->snapshots, store);
    call->res->status = created ? 201 : 200;
    return answer_store(call, store);
}

enum err store_put(struct call *call)
{
    const char *store;
    struct doc doc;
    enum err err = call_store(call, &store);
    if (err == ERR_OK && strlen(store) > ID_MAX_BYTES)
        err = call_invalid(call, "", "a store's id has at most %d bytes", ID_MAX_BYTES);
    if (err == ERR_OK)
        err = call_doc(call, &doc);
    if (err != ERR_OK)
        return err;
    err = put(call, store, &doc);
    doc_done(&doc);
    return err;
}

static enum err write_stores(struct call *call, const struct page *page,
                             const struct db_result *result)
{
    enum err err = ERR_OK;
    int shown = page_shown(page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; err == ERR_OK && row < shown; row++) {
        jsonw_object(&call->json, NULL);
        write_settings(&call->json, result, row);
        err = store_summary(call, db_text(result, row, 0));
        jsonw_end_object(&call->json);
    }
    jsonw_end_array(&call->json);
    if (db_rows(result) > shown)
        call_next_cursor(call, (const char *const[]){db_text(result, shown - 1, 0)}, 1);
    else
        call_next_cursor(call, NULL, 0);
    jsonw_end_object(&call->json);
    return err;
}

enum err stores_list(struct call *call)
{
    struct page page;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 1, &page);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text(args, page.after[0]);
    arg_covered(args, call->req->principal);
    db_arg_int32(args, page.limit + 1);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_stores_page, args, &result);
    if (err == ERR_OK)
        err = write_stores(call, &page, result);
    db_result_free(result);
    return err;
}
