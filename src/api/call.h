/* What every handler is given, and the few things that handlers share. A handler reads: decode →
 * load → decide → save → encode. */
#ifndef API_CALL_H
#define API_CALL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "api/api.h"
#include "api/policies.h"
#include "base/digest.h"
#include "base/jsonw.h"
#include "books/readings.h"
#include "db/query.h"
#include "json/policy.h"

struct call {
    struct api *api;
    const struct api_request *req;
    struct api_response *res;
    struct db *db;        /* leased for this call; no transaction is open at the start */
    struct faults faults; /* what an ERR_INVALID, ERR_UNPARSABLE, … is about; may be empty */
    struct jsonw json;    /* writes res->body */
};

/* Fills call->res (status 200 unless set, body through call->json) and returns ERR_OK; or
 * returns an error, from which the problem document is made, with call->faults. */
typedef enum err api_handler(struct call *call);

struct api_route {
    enum api_method method;
    const char *pattern; /* "/v1/stores/{store}" */
    api_handler *handler;
    unsigned roles; /* enum api_role bits that may; 0: public */
    size_t body_max;
    enum {
        ROUTE_PLAIN,
        ROUTE_EVENTS,
        ROUTE_SNAPSHOT, /* live answers are kept in memory */
        ROUTE_SLOW,     /* walks through a store's orders, tickets or reviews, whatever is asked */
    } kind;
};
extern const struct api_route api_routes[];
extern const size_t api_route_count;

/* --- shared state --- */

struct api {
    struct db_pool *pool;
    struct rules *rules;
    struct queue *queue;
    struct writer *writer;
    struct snapshots *snapshots;
    struct key_cache *keys;
    struct listeners *listeners;
    char *openapi;
    bool has_admin_key;
    uint8_t admin_key_hash[SHA256_SIZE];
    bool private_webhooks;
    unsigned streams_max;
    atomic_uint streams;
    atomic_bool draining;
    atomic_llong ready_checked_ms; /* monotonic time of the last readiness check, and its result */
    atomic_bool ready;
    void (*stores_left)(void *arg); /* see api_on_stores_left; NULL: nobody to tell */
    void *stores_left_arg;
    void (*store_changed)(void *arg, const char *store); /* see api_on_store_changed; or NULL */
    void *store_changed_arg;
};

/* Moves stores that are behind (of one policy; NULL: all) on to what is in effect, for two seconds
 * at most. What is left is told to whoever api_on_stores_left named, and no error. */
void api_follow(struct api *api, struct db *db, const char *policy_id);

/* --- faults --- */

/* Adds a fault and returns ERR_INVALID. */
__attribute__((format(printf, 3, 4))) enum err call_invalid(struct call *call, const char *pointer,
                                                            const char *format, ...);

/* --- request parts --- */

/* Whether the caller's key covers the store. What it does not cover is not found. */
bool call_may(const struct call *call, const char *store);

/* The path's {store}: ERR_NOT_FOUND when the key does not cover it. Whether it exists is for the
 * handler to find out. */
MUST_CHECK enum err call_store(struct call *call, const char **ret_store);

/* Which of the two it is that there is nothing of a store: ERR_NOT_FOUND when it does not exist. */
MUST_CHECK enum err call_store_exists(struct call *call, const char *store);

/* limit (1..max, default given) and cursor: an opaque token of a position's texts, as
 * call_cursor made it. NULL parts when there is no cursor. */
#define CURSOR_PARTS 5
struct page {
    int32_t limit;
    const char *after[CURSOR_PARTS]; /* decoded; NULL: from the beginning */
    char memory[1024];
};
MUST_CHECK enum err call_page(struct call *call, int32_t default_limit, int32_t max_limit,
                              size_t parts, struct page *ret_page);
/* Writes "next_cursor": the position of the last item, or null when `parts` is NULL. */
void call_next_cursor(struct call *call, const char *const *parts, size_t count);

/* A query parameter that is an instant, not in the future. ERR_NOT_FOUND: it is not given. */
MUST_CHECK enum err call_instant(struct call *call, const char *name, struct instant *ret_instant);
/* The same for one that may be still to come. */
MUST_CHECK enum err call_any_instant(struct call *call, const char *name,
                                     struct instant *ret_instant);
/* A query parameter that is true or false; ret_flag stays what it is when it is not given. */
MUST_CHECK enum err call_flag(struct call *call, const char *name, bool *ret_flag);
/* The query parameter basis: live or official. */
MUST_CHECK enum err call_basis(struct call *call, enum basis *ret_basis);
/* Query parameters that readings share: as_of, basis, policy. Unknown values are ERR_INVALID. */
MUST_CHECK enum err call_asked(struct call *call, const char *store, struct asked *ret_asked);

/* Opens a snapshot transaction and looks up the rules in force; a live T moves on when something
 * known is later than it. The caller ends the transaction. */
MUST_CHECK enum err call_in_force(struct call *call, struct asked *asked,
                                  struct in_force *ret_in_force);

/* --- answers --- */

/* A weak entity tag over an answer without the value of its "as_of" member: equal tags mean that
 * nothing but the instant differs. */
#define TAG_SIZE 48
void answer_tag(const char *body, size_t len, char tag[static TAG_SIZE]);
/* Sends the tag, and turns the answer into 304 when If-None-Match has it. */
void response_tag(const struct api_request *req, struct api_response *res, const char *tag);

void write_policy_ref(struct jsonw *json, const struct policy *policy);
void write_feeds(struct jsonw *json, const struct feeds *feeds);
void write_composite(struct jsonw *json, const struct score *score); /* "score" */
void write_decimal_or_null(struct jsonw *json, const char *name, bool known, int64_t scaled,
                           int decimals);

/* count/of with 4 decimals; null of nobody. */
void write_ratio(struct jsonw *json, const char *name, int64_t count, int64_t of);
/* A mark's state, its counts, and the ways out, as in the backlog. */
void write_mark_state(struct jsonw *json, const struct cohort *cohort,
                      const struct cohort_mark *counts, const struct mark_verdict *verdict);
/* "reasons" of a verdict. */
void write_reasons(struct jsonw *json, bool by_ratio, bool by_trend);

/* Fills res with a problem document; faults may be empty. */
void problem_of_faults(struct api_response *res, const char *request_id, enum err err,
                       const struct faults *faults);

/* --- handlers --- */

api_handler score_get, score_history_get, score_changes_get, backlog_get, backlog_orders_get,
    order_get;
api_handler verdicts_get, verdicts_recompute, restrictions_get;
api_handler forecast_get, backlog_simulate;
api_handler benchmarks_get;
api_handler metric_get, evidence_get, advice_get;
api_handler stores_list, store_get, store_put;
api_handler policies_list, policy_get, policy_put, policy_versions, policy_backtest;
api_handler calendar_get, calendar_put;
api_handler keys_list, key_get, key_post, key_delete;
api_handler delay_report_post, delay_reports_list, delay_report_get, delay_report_lines_get;
api_handler delay_report_approve, delay_report_reject, delay_report_withdraw, delay_report_revoke;
api_handler exemptions_get;
api_handler quarantine_list;
api_handler notifications_list, notifications_read, stream_get;
api_handler subscriptions_list, subscription_post, subscription_get, subscription_put,
    subscription_delete, subscription_rotate, subscription_test;
api_handler deliveries_list, delivery_redeliver, deliveries_redeliver;

/* The live score and backlog of a store, for the list of stores. */
MUST_CHECK enum err store_summary(struct call *call, const char *store);

/* --- snapshots (snapshot.c) --- */

/* Answers kept in memory for at most a second, per store and variant; the writer drops a store's
 * when it has changed. */
struct snapshots;
struct snapshots *snapshots_new(void); /* NULL when memory is out */
void snapshots_free(struct snapshots *snapshots);
/* Fills res from memory; false: there is nothing fresh. Never blocks for long. */
bool snapshots_get(struct snapshots *snapshots, const char *store, const char *variant,
                   const struct api_request *req, struct api_response *res);
/* The same, but waits while another thread is making this very answer. false: the caller makes
 * it, and has to call snapshots_put. */
bool snapshots_get_or_lead(struct snapshots *snapshots, const char *store, const char *variant,
                           const struct api_request *req, struct api_response *res);
/* Keeps the body and its tag as the answer (NULL body: it could not be made) and lets those that
 * wait go on. */
void snapshots_put(struct snapshots *snapshots, const char *store, const char *variant,
                   const char *body, size_t len, const char *tag);
/* What was made, or begun, before is for nobody who asks from now on. */
void snapshots_drop(struct snapshots *snapshots, const char *store);
void snapshots_drop_all(struct snapshots *snapshots);

/* --- keys (auth.c) --- */

struct key_cache *key_cache_new(void); /* NULL when memory is out */
void key_cache_free(struct key_cache *keys);
void key_cache_clear(struct key_cache *keys);

#endif
