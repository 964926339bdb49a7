/* /v1/policies: the rules as versioned documents. */
#include "api/policies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "body.h"
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

/* A version to be. */
struct draft {
    const char *id;
    const struct buf *document;
    bool shipped;
    struct instant now;
    struct instant effective_at; /* INSTANT_NEVER: not stated, at once */
};

static enum err refuse(struct faults *faults, const char *why, int32_t version, struct instant at)
{
    char text[INSTANT_TEXT_SIZE];
    instant_format(at, text);
    faults->count = 1;
    fault_set(&faults->items[0], "",
              "query parameter effective_at: %s %d, which takes effect at %s", why, (int)version,
              text);
    return ERR_INVALID;
}

/* The newest version, if it is still to take effect; 0: it is not. */
static enum err waiting_version(struct db *db, const struct draft *draft, int32_t *ret_version,
                                struct instant *ret_from)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, draft->id);
    db_arg_instant(args, draft->now);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_policy_waiting, args, &result);
    if (err != ERR_OK)
        return err;
    bool waits = db_rows(result) > 0;
    *ret_version = waits ? (int32_t)db_int(result, 0, 0) : 0;
    *ret_from = waits ? db_instant(result, 0, 1) : INSTANT_NEVER;
    db_result_free(result);
    return ERR_OK;
}

/* Versions take effect in their order; and what waits is not put off or brought forward by a PUT
 * that makes no version. A shipped document, which nobody gave a date, queues up behind what waits.
 */
static enum err check_order(struct db *db, const struct draft *draft, bool is_new,
                            struct faults *reterr_faults)
{
    int32_t waiting;
    struct instant from, at = draft->effective_at;
    bool stated = !instant_is_never(at);
    enum err err = draft->shipped ? ERR_OK : waiting_version(db, draft, &waiting, &from);
    if (err != ERR_OK || draft->shipped || waiting == 0)
        return err;
    if (!is_new)
        return stated && at.us != from.us
                   ? refuse(reterr_faults, "the document is that of version", waiting, from)
                   : ERR_OK;
    return !stated || at.us < from.us ? refuse(reterr_faults, "lies before version", waiting, from)
                                      : ERR_OK;
}

/* In a transaction: the version that has the document, made when there is none. */
static enum err add_version(struct db *db, struct draft *draft, int32_t *ret_version, bool *ret_new,
                            struct faults *reterr_faults)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, draft->id);
    enum err err = db_query(db, &sql_policy_lock, args, NULL);
    if (err != ERR_OK)
        return err;
    /* Who had the lock before may have read the clock later than this request did. */
    draft->now = instant_max(draft->now, clock_now());

    bool found;
    args = db_args_new();
    db_arg_text(args, draft->id);
    db_arg_text_len(args, draft->document->data, draft->document->len);
    db_arg_bool(args, draft->shipped);
    err = query_version(db, &sql_policy_same, args, ret_version, &found);
    *ret_new = err == ERR_OK && !found;
    if (err == ERR_OK)
        err = check_order(db, draft, *ret_new, reterr_faults);
    if (err != ERR_OK || !*ret_new)
        return err;

    args = db_args_new();
    db_arg_text(args, draft->id);
    db_arg_text_len(args, draft->document->data, draft->document->len);
    db_arg_bool(args, draft->shipped);
    bool stated = !instant_is_never(draft->effective_at);
    db_arg_instant(args, stated ? draft->effective_at : draft->now);
    return query_version(db, &sql_policy_add, args, ret_version, &found);
}

static enum err store_draft(struct db *db, const char *text, size_t len, struct draft *draft,
                            int32_t *ret_version, bool *ret_new, struct faults *reterr_faults)
{
    AUTO_BUF struct buf document;
    buf_init(&document, CANONICAL_MAX);
    AUTO_FREE struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL)
        return ERR_NOMEM;
    draft->document = &document;
    enum err err = decode(draft->id, text, len, &document, policy, reterr_faults);
    /* Before the version can be seen: whoever reads it finds the slots of its measures. */
    if (err == ERR_OK)
        err = register_measures(db, policy);
    if (err == ERR_OK)
        err = db_begin(db, DB_READ_COMMITTED);
    if (err != ERR_OK)
        return err;
    err = add_version(db, draft, ret_version, ret_new, reterr_faults);
    if (err == ERR_OK)
        err = db_commit(db);
    if (err != ERR_OK)
        db_rollback(db);
    return err;
}

enum err policy_store(struct db *db, const char *id, const char *text, size_t len, bool shipped,
                      struct instant now, int32_t *ret_version, bool *ret_new,
                      struct faults *reterr_faults)
{
    struct draft draft = {.id = id, .shipped = shipped, .now = now, .effective_at = INSTANT_NEVER};
    return store_draft(db, text, len, &draft, ret_version, ret_new, reterr_faults);
}

/* --- handlers --- */

static enum err answer_version(struct call *call, const char *id, int32_t version)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    db_arg_int32(args, version);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_policy_get, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = policy_document(db_text(result, 0, 0), db_len(result, 0, 0), id, version,
                              &call->res->body);
    db_result_free(result);
    return err;
}

static enum err answer_newest(struct call *call, const char *id)
{
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

enum err policy_get(struct call *call)
{
    const char *id = call->req->params[0], *version = api_query(call->req, "version");
    int64_t number;
    if (version == NULL)
        return answer_newest(call, id);
    if (int_parse(version, strlen(version), 1, INT32_MAX, &number) != ERR_OK)
        return call_invalid(call, "", "query parameter version: must be a whole number above 0");
    return answer_version(call, id, (int32_t)number);
}

/* [a-z0-9][a-z0-9_-]{0,63} */
static bool is_policy_id(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(id);
    return len <= POLICY_ID_MAX && strspn(id, letters) == len && id[0] != '_' && id[0] != '-';
}

#define EFFECTIVE_MAX_DAYS 366

/* INSTANT_NEVER where it is not stated. */
static enum err read_effective_at(struct call *call, struct instant *ret_effective_at)
{
    struct instant at, now = call->req->now;
    *ret_effective_at = INSTANT_NEVER;
    enum err err = call_any_instant(call, "effective_at", &at);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_OK : err;
    if (instant_before(at, now))
        return call_invalid(call, "", "query parameter effective_at: lies in the past");
    if (instant_before(instant_add_hours(now, 24 * EFFECTIVE_MAX_DAYS), at))
        return call_invalid(call, "", "query parameter effective_at: is more than %d days ahead",
                            EFFECTIVE_MAX_DAYS);
    *ret_effective_at = at;
    return ERR_OK;
}

enum err policy_put(struct call *call)
{
    const char *id = call->req->params[0];
    const char *body = call->req->body == NULL ? "" : call->req->body;
    struct draft draft = {.id = id, .now = call->req->now};
    enum err err = call_json(call);
    if (err != ERR_OK)
        return err;
    if (!is_policy_id(id))
        return call_invalid(call, "/id", "must be a-z, 0-9, _ and -, no _ or - first, at most %d",
                            POLICY_ID_MAX);
    err = read_effective_at(call, &draft.effective_at);
    if (err != ERR_OK)
        return err;
    int32_t version = 0;
    bool is_new = false;
    err =
        store_draft(call->db, body, call->req->body_len, &draft, &version, &is_new, &call->faults);
    if (err != ERR_OK)
        return err;
    /* Also when nothing is new: whoever stored the version may have died before its stores were
     * moved. */
    api_follow(call->api, call->db, id);
    snapshots_drop_all(call->api->snapshots);
    call->res->status = is_new && version == 1 ? 201 : 200;
    err = answer_version(call, id, version);
    return err == ERR_NOT_FOUND ? ERR_INTERNAL : err; /* it was there a moment ago */
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

/* --- versions --- */

/* The cursor is the last version shown. */
static enum err load_versions(struct call *call, const struct page *page,
                              struct db_result **ret_result)
{
    int64_t before = INT32_MAX;
    if (page->after[0] != NULL &&
        int_parse(page->after[0], strlen(page->after[0]), 1, INT32_MAX, &before) != ERR_OK)
        return call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
    struct db_args *args = db_args_new();
    db_arg_text(args, call->req->params[0]);
    db_arg_int32(args, (int32_t)before);
    db_arg_int32(args, page->limit + 1);
    db_arg_instant(args, call->req->now);
    enum err err = db_query(call->db, &sql_policy_versions, args, ret_result);
    if (err == ERR_OK && db_rows(*ret_result) == 0) /* version 1 is on the last page */
        err = ERR_NOT_FOUND;
    return err;
}

static void write_version(struct jsonw *json, const struct db_result *result, int row)
{
    jsonw_object(json, NULL);
    jsonw_int(json, "version", db_int(result, row, 0));
    jsonw_instant(json, "effective_at", db_instant(result, row, 1));
    jsonw_bool(json, "in_effect", db_bool(result, row, 2));
    jsonw_int(json, "stores", db_int(result, row, 3));
    jsonw_int(json, "moved", db_int(result, row, 4));
    jsonw_bool(json, "shipped", db_bool(result, row, 5));
    jsonw_end_object(json);
}

enum err policy_versions(struct call *call)
{
    struct page page;
    struct db_result *result = NULL;
    enum err err = call_page(call, PAGE_LIMIT, PAGE_LIMIT_MAX, 1, &page);
    if (err == ERR_OK)
        err = load_versions(call, &page, &result);
    if (err != ERR_OK) {
        db_result_free(result);
        return err;
    }
    int shown = page_shown(&page, result);
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; row < shown; row++)
        write_version(&call->json, result, row);
    jsonw_end_array(&call->json);
    char last[16];
    snprintf(last, sizeof last, "%d", (int)db_int(result, shown - 1, 0));
    if (db_rows(result) > shown)
        call_next_cursor(call, (const char *const[]){last}, 1);
    else
        call_next_cursor(call, NULL, 0);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return ERR_OK;
}
