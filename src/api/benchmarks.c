/* GET /v1/benchmarks: what the stores of a category were like on a day. */
#include <string.h>

#include "books/peers.h"
#include "call.h"
#include "rules/rules.h"
#include "sql.h"

static const char *const quantile_names[QUANTILES] = {"p10", "p25", "p50", "p75", "p90"};

/* --- load --- */

static enum err load(struct call *call, struct db_result **ret_result)
{
    const struct api_request *req = call->req;
    const char *category = api_query(req, "category"), *policy = api_query(req, "policy");
    const char *day_text = api_query(req, "day");
    int32_t day = 0;
    if (category == NULL || category[0] == '\0')
        return call_invalid(call, "", "query parameter category: is missing");
    if (policy == NULL)
        return call_invalid(call, "", "query parameter policy: is missing");
    if (day_text != NULL && date_parse(day_text, strlen(day_text), &day) != ERR_OK)
        return call_invalid(call, "", "query parameter day: not a date");

    struct db_args *args = db_args_new();
    db_arg_text(args, category);
    db_arg_text(args, policy);
    db_arg_bool(args, day_text == NULL);
    db_arg_date(args, day);
    enum err err = db_query(call->db, &sql_benchmarks_get, args, ret_result);
    return err == ERR_OK && db_rows(*ret_result) == 0 ? ERR_NOT_FOUND : err;
}

/* --- encode --- */

/* Of few stores it would tell what each of them is. */
static void write_statistics(struct jsonw *json, const struct policy *policy,
                             const struct statistics *statistics, int decimals)
{
    bool enough = statistics->count >= policy->peers_min;
    jsonw_int(json, "count", statistics->count);
    write_decimal_or_null(json, "mean", enough, statistics->mean, decimals);
    for (size_t i = 0; i < QUANTILES; i++)
        write_decimal_or_null(json, quantile_names[i], enough, statistics->quantiles[i], decimals);
}

static void write_named(struct jsonw *json, const struct policy *policy, const char *id,
                        const struct statistics *statistics, int decimals)
{
    jsonw_object(json, NULL);
    jsonw_string(json, "id", id);
    write_statistics(json, policy, statistics, decimals);
    jsonw_end_object(json);
}

static void write_numbers(struct jsonw *json, const struct policy *policy,
                          const struct statistics *numbers)
{
    jsonw_object(json, "composite");
    write_statistics(json, policy, &numbers[0], 3);
    jsonw_end_object(json);
    jsonw_array(json, "factors");
    for (size_t f = 0; f < policy->factor_count; f++)
        write_named(json, policy, policy->factors[f].id, &numbers[peer_factor(f)], 3);
    jsonw_end_array(json);
    jsonw_array(json, "composites");
    for (size_t c = 0; c < policy->composite_count; c++)
        write_named(json, policy, policy->composites[c].id, &numbers[peer_composite(policy, c)], 3);
    jsonw_end_array(json);
    jsonw_array(json, "metrics");
    for (size_t m = 0; m < policy->metric_count; m++)
        write_named(json, policy, policy->metrics[m].id, &numbers[peer_metric(policy, m)], 4);
    jsonw_end_array(json);
}

enum column { VERSION, DAY, PUBLISHED_AT, STORES, NUMBERS };

static enum err answer(struct call *call, const struct db_result *result)
{
    struct jsonw *json = &call->json;
    const struct policy *policy;
    enum err err = rules_policy(call->api->rules, call->db, api_query(call->req, "policy"),
                                (int32_t)db_int(result, 0, VERSION), &policy);
    if (err != ERR_OK)
        return err;
    struct statistics numbers[PEER_NUMBERS_MAX];
    benchmark_numbers(result, 0, NUMBERS, numbers);
    jsonw_object(json, NULL);
    jsonw_string(json, "category", api_query(call->req, "category"));
    write_policy_ref(json, policy);
    jsonw_date(json, "day", db_date(result, 0, DAY));
    jsonw_instant(json, "published_at", db_instant(result, 0, PUBLISHED_AT));
    jsonw_int(json, "peers", db_int(result, 0, STORES));
    write_numbers(json, policy, numbers);
    jsonw_end_object(json);
    return ERR_OK;
}

/* --- handler --- */

enum err benchmarks_get(struct call *call)
{
    struct db_result *result = NULL;
    enum err err = load(call, &result);
    if (err == ERR_OK)
        err = answer(call, result);
    db_result_free(result);
    return err;
}
