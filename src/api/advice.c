/* GET …/score/advice: what the score gains by which metric, and the least that is enough. */
#include "metric.h"

size_t advise(const struct in_force *in_force, const struct scored *scored,
              struct advice ret_advice[static POLICY_METRICS_MAX])
{
    const struct surroundings around = {
        .feeds = &in_force->feeds,
        .peers = &scored->peers,
        .services = in_force->services,
    };
    return advice_compute(&in_force->q, &scored->reading, &around, &scored->score, ret_advice);
}

static void write_int_or_null(struct jsonw *json, const char *name, bool known, int64_t value)
{
    if (known)
        jsonw_int(json, name, value);
    else
        jsonw_null(json, name);
}

void write_advice(struct jsonw *json, const char *name, const struct policy *policy,
                  const struct advice *advice)
{
    const struct metric *metric = &policy->metrics[advice->metric];
    char text[ADVICE_TEXT_SIZE];
    advice_format(policy, advice, text);
    jsonw_object(json, name);
    jsonw_string(json, "metric", metric->id);
    jsonw_string(json, "factor", policy->factors[metric->factor].id);
    jsonw_decimal(json, "target", metric->target, 4);
    write_decimal_or_null(json, "gain", advice->has_gain, advice->gain, 3);
    jsonw_decimal(json, "factor_gain", advice->factor_gain, 3);
    write_int_or_null(json, "events", advice->has_events, advice->events);
    write_int_or_null(json, "pending", advice->has_events, advice->pending);
    write_int_or_null(json, "to_save", advice->has_to_save, advice->to_save);
    jsonw_string(json, "text", text);
    jsonw_end_object(json);
}

static void write_all(struct jsonw *json, const struct asked *asked,
                      const struct in_force *in_force, const struct scored *scored)
{
    const struct question *q = &in_force->q;
    struct advice advice[POLICY_METRICS_MAX];
    size_t count = advise(in_force, scored, advice);
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    jsonw_string(json, "basis", q->basis == BASIS_LIVE ? "live" : "official");
    write_policy_ref(json, q->policy);
    jsonw_array(json, "items");
    for (size_t i = 0; i < count; i++)
        write_advice(json, NULL, q->policy, &advice[i]);
    jsonw_end_array(json);
    jsonw_end_object(json);
}

enum err advice_get(struct call *call)
{
    const char *store;
    struct asked asked;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err != ERR_OK)
        return err;
    struct in_force in_force;
    struct scored scored;
    err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        err = score_at(call->api->rules, call->db, &asked, &in_force, &scored);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        write_all(&call->json, &asked, &in_force, &scored);
    return err;
}
