/* /v1/policies: the rules as versioned documents. */
#include "api/policies.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "body.h"
#include "books/settings.h"
#include "call.h"
#include "domain/limits.h"
#include "page.h"
#include "rules/rules.h"
#include "sql.h"

#define CANONICAL_MAX (2 * POLICY_MAX_BYTES) /* escapes may be longer than what they stand for */

/* --- storing --- */

static enum err decode(const char *id, const char *text, size_t len, struct buf *ret_canonical,
                       struct policy *ret_policy, struct faults *reterr_faults)
{
    enum err err = policy_decode(text, len, id, ret_policy, reterr_faults);
    return err == ERR_OK ? policy_canonical(text, len, ret_canonical) : err;
}

static enum err register_measures(struct db *db, const struct policy *policy)
{
    struct measure measures[POLICY_MEASURES_MAX];
    size_t count = policy_measures(policy, measures);
    return rules_register(db, measures, count);
}

/* Runs a statement that gives a version number, or no row. */
static enum err query_version(struct db *db, const struct db_sql *sql, struct db_args *args,
                              int32_t *ret_version, bool *ret_found)
{
    struct db_result *result = NULL;
    enum err err = db_query(db, sql, args, &result);
    if (err != ERR_OK)
        return err;
    *ret_found = db_rows(result) > 0;
    if (*ret_found)
        *ret_version = (int32_t)db_int(result, 0, 0);
    db_result_free(result);
    return ERR_OK;
}

/* In a transaction: the version that has the document, made when there is none. */
static enum err add_version(struct db *db, const char *id, const struct buf *document, bool shipped,
                            struct instant now, int32_t *ret_version, bool *ret_new)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    enum err err = db_query(db, &sql_policy_lock, args, NULL);
    if (err != ERR_OK)
        return err;

    bool found;
    args = db_args_new();
    db_arg_text(args, id);
    db_arg_text_len(args, document->data, document->len);
    db_arg_bool(args, shipped);
    err = query_version(db, &sql_policy_same, args, ret_version, &found);
    *ret_new = err == ERR_OK && !found;
    if (!*ret_new)
        return err;

    args = db_args_new();
    db_arg_text(args, id);
    db_arg_text_len(args, document->data, document->len);
    db_arg_bool(args, shipped);
    db_arg_instant(args, now);
    return query_version(db, &sql_policy_add, args, ret_version, &found);
}

enum err policy_store(struct db *db, const char *id, const char *text, size_t len, bool shipped,
                      struct instant now, int32_t *ret_version, bool *ret_new,
                      struct faults *reterr_faults)
{
    AUTO_BUF struct buf document;
    buf_init(&document, CANONICAL_MAX);
    AUTO_FREE struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL)
        return ERR_NOMEM;
    enum err err = decode(id, text, len, &document, policy, reterr_faults);
    /* Before the version can be seen: whoever reads it finds the slots of its measures. */
    if (err == ERR_OK)
        err = register_measures(db, policy);
    if (err == ERR_OK)
        err = db_begin(db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = add_version(db, id, &document, shipped, now, ret_version, ret_new);
    if (err == ERR_OK)
        err = db_commit(db);
    if (err != ERR_OK)
        db_rollback(db);
    return err;
}

/* --- handlers --- */

enum err policy_get(struct call *call)
{
    const char *id = call->req->params[0];
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_policy_newest, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = policy_document(db_text(result, 0, 1), db_len(result, 0, 1), id,
                              (int32_t)db_int(result, 0, 0), &call->res->body);
    db_result_free(result);
    return err;
}

static enum err answer_version(struct call *call, const char *id, int32_t version)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    db_arg_int32(args, version);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_policy_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0) /* it was there a moment ago */
        err = ERR_INTERNAL;
    if (err == ERR_OK)
        err = policy_document(db_text(result, 0, 0), db_len(result, 0, 0), id, version,
                              &call->res->body);
    db_result_free(result);
    return err;
}

/* [a-z0-9][a-z0-9_-]{0,63} */
static bool is_policy_id(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(id);
    return len <= POLICY_ID_MAX && strspn(id, letters) == len && id[0] != '_' && id[0] != '-';
}

enum err policy_put(struct call *call)
{
    const char *id = call->req->params[0];
    const char *body = call->req->body == NULL ? "" : call->req->body;
    enum err err = call_json(call);
    if (err != ERR_OK)
        return err;
    if (!is_policy_id(id))
        return call_invalid(call, "/id", "must be a-z, 0-9, _ and -, no _ or - first, at most %d",
                            POLICY_ID_MAX);
    int32_t version = 0;
    bool is_new = false;
    err = policy_store(call->db, id, body, call->req->body_len, false, call->req->now, &version,
                       &is_new, &call->faults);
    /* Also when nothing is new: whoever stored the version may have died before its stores were
     * moved. */
    if (err == ERR_OK)
        err = settings_follow_all(call->api->rules, call->db, id);
    snapshots_drop_all(call->api->snapshots);
    if (err != ERR_OK)
        return err;
    call->res->status = is_new && version == 1 ? 201 : 200;
    return answer_version(call, id, version);
}

enum err policies_list(struct call *call)
{
    struct page page;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 1, &page);
    if (err != ERR_OK)
        return err;
    struct db_args *args = db_args_new();
    db_arg_text(args, page.after[0]);
    db_arg_int32(args, page.limit + 1);
    struct db_result *result = NULL;
    err = db_query(call->db, &sql_policies_page, args, &result);
    if (err != ERR_OK)
        return err;
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++) {
        jsonw_object(&call->json, NULL);
        jsonw_string(&call->json, "id", db_text(result, row, 0));
        jsonw_int(&call->json, "version", db_int(result, row, 1));
        jsonw_end_object(&call->json);
    }
    jsonw_end_array(&call->json);
    if (db_rows(result) > shown)
        call_next_cursor(call, (const char *const[]){db_text(result, shown - 1, 0)}, 1);
    else
        call_next_cursor(call, NULL, 0);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}
