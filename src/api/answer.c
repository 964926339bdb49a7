/* From a request to its answer: from memory where that is possible, else by the handler on a
 * leased connection. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "call.h"
#include "csv.h"
#include "db/migrate.h"
#include "db/pool.h"

#define LEASE_WAIT_MS 5000
#define READY_FRESH_MS 1000

/* --- probes --- */

static void write_status(struct api_response *res, int status, const char *text)
{
    res->status = status;
    buf_printf(&res->body, "{\"status\":\"%s\"}", text);
}

static bool answer_ready(struct api *api, const struct api_request *req, struct api_response *res,
                         bool may_block)
{
    if (atomic_load(&api->draining)) {
        api_problem(res, req, ERR_UNAVAILABLE, NULL, "the service is draining");
        return true;
    }
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - atomic_load(&api->ready_checked_ms) >= READY_FRESH_MS) {
        if (!may_block)
            return false;
        struct db *db = NULL;
        enum err err = db_pool_lease(api->pool, LEASE_WAIT_MS, &db);
        if (err == ERR_OK) {
            err = db_migrate_check(db);
            db_pool_return(api->pool, db);
        }
        atomic_store(&api->ready, err == ERR_OK);
        atomic_store(&api->ready_checked_ms, clock_monotonic_ms());
    }
    if (atomic_load(&api->ready))
        write_status(res, 200, "ready");
    else
        api_problem(res, req, ERR_UNAVAILABLE, NULL,
                    "no database, or not at this program's schema");
    return true;
}

static bool answer_public(struct api *api, const struct api_request *req, struct api_response *res,
                          bool may_block)
{
    const char *pattern = req->route->pattern;
    if (strcmp(pattern, "/readyz") == 0)
        return answer_ready(api, req, res, may_block);
    if (strcmp(pattern, "/livez") == 0) {
        write_status(res, 200, "alive");
    } else {
        res->content_type = "application/yaml";
        buf_puts(&res->body, api->openapi);
    }
    return true;
}

/* --- who may --- */

static bool names_store(const struct api_route *route)
{
    return strncmp(route->pattern, "/v1/stores/{store}", 18) == 0;
}

/* The key's role and, where the path names a store, its stores. A store that the key does not
 * cover does not exist for it. */
static enum err check_access(const struct api_request *req)
{
    if ((req->route->roles & (unsigned)req->principal->role) == 0)
        return ERR_FORBIDDEN;
    struct call call = {.req = req};
    return names_store(req->route) && !call_may(&call, req->params[0]) ? ERR_NOT_FOUND : ERR_OK;
}

/* --- snapshots --- */

/* A live reading under the store's own policy is kept in memory; the variant names which. */
static bool snapshot_variant(const struct api_request *req, char variant[static 64])
{
    if (req->route->kind != ROUTE_SNAPSHOT || api_query(req, "as_of") != NULL ||
        api_query(req, "policy") != NULL)
        return false;
    const char *basis = api_query(req, "basis");
    if (basis != NULL && strcmp(basis, "live") != 0 && strcmp(basis, "official") != 0)
        return false;
    snprintf(variant, 64, "%.40s %s", strrchr(req->route->pattern, '/'),
             basis == NULL ? "live" : basis);
    return true;
}

bool api_answer_inline(struct api *api, const struct api_request *req, struct api_response *res)
{
    if (req->route->roles == 0)
        return answer_public(api, req, res, false);
    enum err err = check_access(req);
    if (err != ERR_OK) {
        api_problem(res, req, err, NULL, NULL);
        return true;
    }
    char variant[64];
    return snapshot_variant(req, variant) &&
           snapshots_get(api->snapshots, req->params[0], variant, req, res);
}

bool api_is_slow(const struct api_request *req)
{
    if (req->route->kind == ROUTE_SLOW || csv_is_asked(req))
        return true;
    return names_store(req->route) &&
           (api_query(req, "as_of") != NULL || api_query(req, "policy") != NULL);
}

/* --- handlers --- */

static enum err run_handler(struct call *call)
{
    call->faults.count = 0;
    buf_clear(&call->res->body);
    call->res->header_count = 0;
    call->res->status = 200;
    jsonw_init(&call->json, &call->res->body);
    enum err err = call->req->route->handler(call);
    return err == ERR_OK ? buf_status(&call->res->body) : err;
}

static enum err run_leased(struct call *call)
{
    enum err err = db_pool_lease(call->api->pool, LEASE_WAIT_MS, &call->db);
    if (err != ERR_OK)
        return err;
    err = run_handler(call);
    if (err == ERR_TRANSIENT && call->req->method == API_GET && !call->res->streamed) {
        /* A lost connection or a conflict: once more. */
        db_pool_return(call->api->pool, call->db);
        err = db_pool_lease(call->api->pool, LEASE_WAIT_MS, &call->db);
        if (err != ERR_OK)
            return err;
        err = run_handler(call);
    }
    db_pool_return(call->api->pool, call->db);
    return err;
}

static bool is_reading(const struct api_request *req)
{
    return req->method == API_GET && strncmp(req->route->pattern, "/v1/stores/", 11) == 0;
}

void api_answer(struct api *api, const struct api_request *req, struct api_response *res)
{
    if (req->route->roles == 0) {
        answer_public(api, req, res, true);
        return;
    }
    char variant[64];
    bool cached = snapshot_variant(req, variant);
    if (cached && snapshots_get_or_lead(api->snapshots, req->params[0], variant, req, res))
        return;
    struct call call = {.api = api, .req = req, .res = res};
    enum err err = run_leased(&call);
    bool tagged = err == ERR_OK && res->status == 200 && is_reading(req) && !res->streamed &&
                  res->listener == NULL;
    char tag[TAG_SIZE] = "";
    if (tagged)
        answer_tag(buf_text(&res->body), res->body.len, tag);
    if (cached)
        snapshots_put(api->snapshots, req->params[0], variant, tagged ? buf_text(&res->body) : NULL,
                      res->body.len, tag);
    if (res->streamed) /* its head is out: no problem document and no tag any more */
        res->err = err;
    else if (err != ERR_OK)
        problem_of_faults(res, req->id, err, &call.faults);
    else if (tagged)
        response_tag(req, res, tag);
}
