/* POST /v1/policies/{id}/backtest: the daily official scores that a policy would have given a
 * store, beside those that it had. By what is known now; nothing is stored. */
#include "json/backtest.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "body.h"
#include "books/day_end.h"
#include "books/scores.h"
#include "call.h"
#include "metric.h"
#include "rules/rules.h"
#include "sql.h"

struct backtest {
    const struct backtest_request *request;
    const struct policy *policy; /* what is tried */
};

/* A score, and the rules that it stands under. */
struct outcome {
    struct in_force in_force;
    struct scored scored;
};

/* --- decode --- */

static enum err no_such_store(struct call *call)
{
    return call_invalid(call, "/store", "no such store");
}

static enum err decode(struct call *call, struct backtest_request *ret_request)
{
    enum err err = call_json(call);
    if (err != ERR_OK)
        return err;
    const char *body = call->req->body == NULL ? "" : call->req->body;
    err = backtest_decode(body, call->req->body_len, call->req->params[0], ret_request,
                          &call->faults);
    if (err != ERR_OK)
        return err;
    return call_may(call, ret_request->store) ? ERR_OK : no_such_store(call);
}

/* --- load --- */

static enum err newest_version(struct call *call, const char *id, int32_t *ret_version)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, id);
    struct db_result *result = NULL;
    enum err err = db_query(call->db, &sql_policy_newest, args, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        *ret_version = (int32_t)db_int(result, 0, 0);
    db_result_free(result);
    return err;
}

static enum err load_policy(struct call *call, struct backtest *backtest)
{
    const struct backtest_request *request = backtest->request;
    const char *id = call->req->params[0];
    int32_t newest;
    if (request->has_document) {
        backtest->policy = &request->document;
        return ERR_OK;
    }
    enum err err = newest_version(call, id, &newest);
    if (err != ERR_OK)
        return err;
    err = rules_policy(call->api->rules, call->db, id,
                       request->has_version ? request->version : newest, &backtest->policy);
    return err == ERR_NOT_FOUND ? call_invalid(call, "/version", "no such version") : err;
}

static enum err check_days(struct call *call, const struct backtest_request *request)
{
    struct instant end;
    enum err err = store_day_end(call->api->rules, call->db, request->store, request->to, &end);
    if (err == ERR_NOT_FOUND)
        return no_such_store(call);
    if (err != ERR_OK)
        return err;
    if (instant_before(call->req->now, end))
        return call_invalid(call, "/to", "this day is not over yet");
    return ERR_OK;
}

static enum err tried(struct call *call, const struct backtest *backtest, int32_t day,
                      struct asked *asked, struct outcome *ret_outcome)
{
    asked->draft = backtest->policy;
    enum err err = store_day_end(call->api->rules, call->db, asked->store, day, &asked->t);
    if (err == ERR_OK)
        err = in_force_at(call->api->rules, call->db, asked, &ret_outcome->in_force);
    return err == ERR_OK ? score_at(call->api->rules, call->db, asked, &ret_outcome->in_force,
                                    &ret_outcome->scored)
                         : err;
}

/* Under the store's own policy of that instant, which may be the one that is tried. */
static enum err actual(struct call *call, struct asked *asked, const struct outcome *outcome,
                       struct outcome *ret_actual)
{
    asked->draft = NULL;
    enum err err = in_force_at(call->api->rules, call->db, asked, &ret_actual->in_force);
    if (err != ERR_OK)
        return err;
    if (ret_actual->in_force.q.policy == outcome->in_force.q.policy) {
        *ret_actual = *outcome;
        return ERR_OK;
    }
    return score_at(call->api->rules, call->db, asked, &ret_actual->in_force, &ret_actual->scored);
}

/* --- encode --- */

static void write_result(struct jsonw *json, const struct outcome *outcome)
{
    const struct score *score = &outcome->scored.score;
    jsonw_string(json, "status", score_status_name(score->status));
    write_composite(json, score);
    write_decimal_or_null(json, "star", score->has_star, score->star, 1);
}

static void write_counted(struct jsonw *json, const struct metric *metric,
                          const struct reading *reading, const struct metric_score *score)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "id", metric->id);
    write_reading(json, metric, reading);
    write_decimal_or_null(json, "value", score->has_value, score->value, 4);
    write_decimal_or_null(json, "points", score->has_points, score->points, 3);
    jsonw_end_object(json);
}

static void write_parts(struct jsonw *json, const struct policy *policy,
                        const struct scored *scored)
{
    jsonw_array(json, "factors");
    for (size_t f = 0; f < policy->factor_count; f++) {
        const struct factor_score *score = &scored->score.factors[f];
        jsonw_object(json, NULL);
        jsonw_string(json, "id", policy->factors[f].id);
        write_decimal_or_null(json, "points", score->has_points, score->points, 3);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
    jsonw_array(json, "metrics");
    for (size_t m = 0; m < policy->metric_count; m++)
        write_counted(json, &policy->metrics[m], &scored->reading.metrics[m],
                      &scored->score.metrics[m]);
    jsonw_end_array(json);
}

static void write_day(struct jsonw *json, int32_t day, const struct outcome *outcome,
                      const struct outcome *actual)
{
    jsonw_object(json, NULL);
    jsonw_date(json, "day", day);
    write_result(json, outcome);
    write_parts(json, outcome->in_force.q.policy, &outcome->scored);
    jsonw_object(json, "actual");
    write_policy_ref(json, actual->in_force.q.policy);
    write_result(json, actual);
    jsonw_end_object(json);
    jsonw_end_object(json);
}

static void write_policy(struct jsonw *json, const struct backtest *backtest)
{
    if (!backtest->request->has_document) {
        write_policy_ref(json, backtest->policy);
        return;
    }
    jsonw_object(json, "policy");
    jsonw_string(json, "id", backtest->policy->id);
    jsonw_null(json, "version"); /* only stored ones have one */
    jsonw_end_object(json);
}

static enum err answer_day(struct call *call, const struct backtest *backtest, int32_t day)
{
    struct asked asked = {.store = backtest->request->store, .basis = BASIS_OFFICIAL};
    struct outcome outcome, own;
    if (atomic_load(&call->api->draining))
        return ERR_UNAVAILABLE; /* all the days may take longer than a stop waits */
    enum err err = tried(call, backtest, day, &asked, &outcome);
    if (err == ERR_OK)
        err = actual(call, &asked, &outcome, &own);
    if (err == ERR_OK)
        write_day(&call->json, day, &outcome, &own);
    return err;
}

static enum err answer(struct call *call, const struct backtest *backtest)
{
    const struct backtest_request *request = backtest->request;
    struct jsonw *json = &call->json;
    enum err err = ERR_OK;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", request->store);
    write_policy(json, backtest);
    jsonw_date(json, "from", request->from);
    jsonw_date(json, "to", request->to);
    jsonw_array(json, "days");
    for (int32_t day = request->from; err == ERR_OK && day <= request->to; day++)
        err = answer_day(call, backtest, day);
    jsonw_end_array(json);
    jsonw_end_object(json);
    return err;
}

/* --- handler --- */

enum err policy_backtest(struct call *call)
{
    AUTO_FREE struct backtest_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return ERR_NOMEM;
    struct backtest backtest = {.request = request};
    enum err err = decode(call, request);
    if (err == ERR_OK)
        err = db_begin(call->db, DB_SNAPSHOT);
    if (err != ERR_OK)
        return err;
    err = load_policy(call, &backtest);
    if (err == ERR_OK)
        err = check_days(call, request);
    if (err == ERR_OK)
        err = answer(call, &backtest);
    db_rollback(call->db); /* it only read */
    return err;
}
