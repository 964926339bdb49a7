/* GET …/metrics/{metric}: one metric, what it is measured and scored by, and its window day by
 * day. */
#include "metric.h"

#include <stdio.h>
#include <string.h>

#include "books/standings.h"

#define WINDOW_DAYS_MAX 366

enum err call_metric(struct call *call, const struct policy *policy, size_t *ret_metric)
{
    for (size_t i = 0; i < policy->metric_count; i++) {
        if (strcmp(policy->metrics[i].id, call->req->params[1]) != 0)
            continue;
        *ret_metric = i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

struct loaded {
    struct in_force in_force;
    struct scored scored;
    struct week_changes changes;
    size_t metric; /* index into the policy's */
    struct window window;
    struct reading days[WINDOW_DAYS_MAX]; /* of the window */
};

/* --- load --- */

static enum err count_day(void *arg, enum entity entity, const char *id,
                          const struct standing *standing)
{
    (void)entity;
    (void)id;
    struct loaded *loaded = arg;
    if (standing->counts != COUNTS_OUT)
        standing_count(&loaded->in_force.q.policy->metrics[loaded->metric], standing,
                       &loaded->days[standing->day - loaded->window.first_day]);
    return ERR_OK;
}

static enum err load_days(struct call *call, const struct asked *asked, struct loaded *loaded)
{
    const struct question *q = &loaded->in_force.q;
    const struct metric *metric = &q->policy->metrics[loaded->metric];
    loaded->window = window_of(q->basis, calendar_day(q->calendar, q->t), metric->window_days);
    memset(loaded->days, 0, sizeof loaded->days);
    return standings_take(call->db, asked->store, q, metric, count_day, loaded);
}

static enum err load(struct call *call, struct asked *asked, struct loaded *loaded)
{
    enum err err = call_in_force(call, asked, &loaded->in_force);
    if (err == ERR_OK)
        err = call_metric(call, loaded->in_force.q.policy, &loaded->metric);
    if (err == ERR_OK)
        err = score_at(call->api->rules, call->db, asked, &loaded->in_force, &loaded->scored);
    if (err == ERR_OK)
        err = week_changes_at(call->db, asked->store, &loaded->in_force.q, &loaded->scored.score,
                              &loaded->changes);
    if (err == ERR_OK)
        err = load_days(call, asked, loaded);
    db_rollback(call->db); /* it only read */
    return err;
}

/* --- encode --- */

void write_reading(struct jsonw *json, const struct metric *metric, const struct reading *reading)
{
    bool is_ratio = metric->unit == UNIT_RATIO;
    jsonw_int(json, is_ratio ? "good" : "amount", reading->sum);
    jsonw_int(json, "valid", reading->valid);
    if (is_ratio)
        jsonw_int(json, "pending", reading->pending);
}

/* The canonical text of what is measured. */
static void write_description(struct jsonw *json, const struct metric *metric)
{
    char measure[MEASURE_TEXT_SIZE], per[MEASURE_TEXT_SIZE];
    char text[2 * MEASURE_TEXT_SIZE + 8];
    measure_format(&metric->measure, measure);
    if (metric->has_per)
        measure_format(&metric->per, per);
    snprintf(text, sizeof text, "%s%s%s", measure, metric->has_per ? " per " : "",
             metric->has_per ? per : "");
    jsonw_string(json, "description", text);
}

static void write_anchors(struct jsonw *json, const struct metric *metric)
{
    jsonw_array(json, "anchors");
    for (size_t i = 0; i < metric->anchor_count; i++) {
        jsonw_array(json, NULL);
        jsonw_decimal(json, NULL, metric->anchors[i].value, 4);
        jsonw_decimal(json, NULL, metric->anchors[i].points, 3);
        jsonw_end_array(json);
    }
    jsonw_end_array(json);
}

static void write_days(struct jsonw *json, const struct metric *metric, const struct loaded *loaded)
{
    jsonw_array(json, "days");
    for (int32_t i = 0; i < metric->window_days; i++) {
        jsonw_object(json, NULL);
        jsonw_date(json, "day", loaded->window.first_day + i);
        write_reading(json, metric, &loaded->days[i]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_own_advice(struct jsonw *json, const struct loaded *loaded)
{
    struct advice advice[POLICY_METRICS_MAX];
    size_t count = advise(&loaded->in_force, &loaded->scored, advice), i = 0;
    while (i < count && advice[i].metric != loaded->metric)
        i++;
    if (i < count)
        write_advice(json, "advice", loaded->in_force.q.policy, &advice[i]);
    else
        jsonw_null(json, "advice");
}

static void write_loaded(struct jsonw *json, const struct asked *asked, const struct loaded *loaded)
{
    const struct question *q = &loaded->in_force.q;
    const struct metric *metric = &q->policy->metrics[loaded->metric];
    bool in_factor = loaded->metric < q->policy->scored_metric_count;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    jsonw_string(json, "basis", q->basis == BASIS_LIVE ? "live" : "official");
    write_policy_ref(json, q->policy);
    write_metric(json, q, "metric", &loaded->scored, &loaded->changes, loaded->metric, in_factor);
    write_description(json, metric);
    jsonw_string(json, "factor", in_factor ? q->policy->factors[metric->factor].id : NULL);
    write_decimal_or_null(json, "weight", in_factor, metric->weight, 3);
    write_anchors(json, metric);
    write_days(json, metric, loaded);
    write_own_advice(json, loaded);
    jsonw_end_object(json);
}

enum err metric_get(struct call *call)
{
    const char *store;
    struct asked asked;
    enum err err = call_store(call, &store);
    if (err == ERR_OK)
        err = call_asked(call, store, &asked);
    if (err != ERR_OK)
        return err;
    struct loaded loaded;
    err = load(call, &asked, &loaded);
    if (err == ERR_OK)
        write_loaded(&call->json, &asked, &loaded);
    return err;
}
