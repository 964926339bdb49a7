/* GET …/score: the live score, explained (CONTRACT section 5). */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "books/scores.h"
#include "call.h"
#include "metric.h"

/* --- load --- */

/* The rules in force in the open snapshot. What is known can be a moment later than the
 * request's clock; then "now" is when it was looked at. */
static enum err rules_for(struct call *call, struct asked *asked, struct in_force *ret_in_force)
{
    enum err err = in_force_at(call->api->rules, call->db, asked, ret_in_force);
    if (err == ERR_OK && asked->live && !ret_in_force->tallied) {
        asked->t = clock_now();
        err = in_force_at(call->api->rules, call->db, asked, ret_in_force);
    }
    if (err == ERR_INVALID)
        return call_invalid(call, "", "query parameter policy: no such policy");
    return err;
}

enum err call_in_force(struct call *call, struct asked *asked, struct in_force *ret_in_force)
{
    enum err err = db_begin(call->db, DB_SNAPSHOT);
    return err == ERR_OK ? rules_for(call, asked, ret_in_force) : err;
}

static enum err load(struct call *call, struct asked *asked, struct in_force *in_force,
                     struct scored *ret_scored, struct week_changes *ret_changes)
{
    enum err err = call_in_force(call, asked, in_force);
    if (err == ERR_OK)
        err = score_at(call->api->rules, call->db, asked, in_force, ret_scored);
    if (err == ERR_OK)
        err =
            week_changes_at(call->db, asked->store, &in_force->q, &ret_scored->score, ret_changes);
    db_rollback(call->db); /* it only read */
    return err;
}

/* --- encode --- */

void write_policy_ref(struct jsonw *json, const struct policy *policy)
{
    jsonw_object(json, "policy");
    jsonw_string(json, "id", policy->id);
    jsonw_int(json, "version", policy->version);
    jsonw_end_object(json);
}

void write_feeds(struct jsonw *json, const struct feeds *feeds)
{
    jsonw_object(json, "data_through");
    for (enum feed feed = FEED_ORDERS; feed < FEEDS; feed++)
        jsonw_instant(json, feed_name(feed), feeds->through[feed]);
    jsonw_end_object(json);
}

void write_decimal_or_null(struct jsonw *json, const char *name, bool known, int64_t scaled,
                           int decimals)
{
    if (known)
        jsonw_decimal(json, name, scaled, decimals);
    else
        jsonw_null(json, name);
}

void write_ratio(struct jsonw *json, const char *name, int64_t count, int64_t of)
{
    if (of == 0)
        jsonw_null(json, name);
    else
        jsonw_decimal(json, name, decimal_ratio(count, of, 4), 4);
}

static const char *unit_name(enum metric_unit unit)
{
    static const char *const names[] = {"ratio", "hours", "seconds", "rating"};
    return names[unit];
}

static void write_window(struct jsonw *json, const struct question *q, const struct metric *metric,
                         struct window window)
{
    jsonw_object(json, "window");
    jsonw_instant(json, "from", calendar_start(q->calendar, window.first_day));
    jsonw_instant(json, "to", calendar_end(q->calendar, window.last_day));
    jsonw_int(json, "days", metric->window_days);
    jsonw_end_object(json);
}

void write_metric(struct jsonw *json, const struct question *q, const char *name,
                  const struct scored *scored, const struct week_changes *changes, size_t i,
                  bool in_factor)
{
    const struct metric *metric = &q->policy->metrics[i];
    const struct reading *reading = &scored->reading.metrics[i];
    const struct metric_score *score = &scored->score.metrics[i];
    bool is_ratio = metric->unit == UNIT_RATIO;
    jsonw_object(json, name);
    jsonw_string(json, "id", metric->id);
    jsonw_string(json, "unit", unit_name(metric->unit));
    write_reading(json, metric, reading);
    write_decimal_or_null(json, "value", score->has_value, score->value, 4);
    if (is_ratio)
        write_decimal_or_null(json, "value_worst", score->has_worst, score->worst, 4);
    write_window(json, q, metric, score->window);
    jsonw_string(json, "better", metric->higher_is_better ? "higher" : "lower");
    write_decimal_or_null(json, "target", metric->has_target, metric->target, 4);
    write_decimal_or_null(json, "points", score->has_points, score->points, 3);
    jsonw_bool(json, "blended", score->blended);
    write_decimal_or_null(json, "contribution", in_factor && score->has_points, score->contribution,
                          3);
    jsonw_string(json, "sample", sample_name(score->sample));
    write_decimal_or_null(json, "week_change", changes->known[i], changes->values[i], 4);
    write_decimal_or_null(json, "peer_mean", scored->peers.metric_has_mean[i],
                          scored->peers.metric_mean[i], 4);
    jsonw_end_object(json);
}

void write_composite(struct jsonw *json, const struct score *score)
{
    if (!score->has_points) {
        jsonw_null(json, "score");
        return;
    }
    jsonw_object(json, "score");
    jsonw_decimal(json, "points", score->points, 3);
    jsonw_decimal(json, "base", score->base, 3);
    jsonw_decimal(json, "bonus", score->bonus, 3);
    jsonw_end_object(json);
}

static void write_factors(struct jsonw *json, const struct question *q, const struct scored *scored,
                          const struct week_changes *changes)
{
    const struct peers *peers = &scored->peers;
    jsonw_array(json, "factors");
    for (size_t f = 0; f < q->policy->factor_count; f++) {
        const struct factor *factor = &q->policy->factors[f];
        const struct factor_score *score = &scored->score.factors[f];
        jsonw_object(json, NULL);
        jsonw_string(json, "id", factor->id);
        jsonw_decimal(json, "weight", factor->weight, 3);
        write_decimal_or_null(json, "points", score->has_points, score->points, 3);
        write_decimal_or_null(json, "contribution", score->has_points, score->contribution, 3);
        write_decimal_or_null(json, "rank_rate", peers->factor_has_rank[f], peers->factor_rank[f],
                              2);
        write_decimal_or_null(json, "peer_mean", peers->factor_has_mean[f], peers->factor_mean[f],
                              3);
        jsonw_string(json, "level", band_name(score->band));
        jsonw_array(json, "metrics");
        for (size_t i = factor->metric_first; i < factor->metric_first + factor->metric_count; i++)
            write_metric(json, q, NULL, scored, changes, i, true);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_composites(struct jsonw *json, const struct question *q,
                             const struct scored *scored)
{
    jsonw_object(json, "composites");
    for (size_t c = 0; c < q->policy->composite_count; c++) {
        const struct composite *composite = &q->policy->composites[c];
        const struct composite_score *score = &scored->score.composites[c];
        jsonw_object(json, composite->id);
        write_decimal_or_null(json, "points", score->has_points, score->points, 3);
        write_decimal_or_null(json, "peer_mean", scored->peers.composite_has_mean[c],
                              scored->peers.composite_mean[c], 3);
        jsonw_string(json, "level", band_name(score->band));
        jsonw_array(json, "parts");
        for (size_t i = 0; i < composite->part_count; i++) {
            size_t m = composite->parts[i].metric;
            bool known = scored->score.metrics[m].has_points;
            jsonw_object(json, NULL);
            jsonw_string(json, "metric", q->policy->metrics[m].id);
            jsonw_decimal(json, "weight", composite->parts[i].weight, 3);
            write_decimal_or_null(json, "points", known, scored->score.metrics[m].points, 3);
            write_decimal_or_null(json, "contribution", known, score->contributions[i], 3);
            jsonw_end_object(json);
        }
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_object(json);
}

/* What is missing: the difference up to the needed value; null when that cannot be told. */
static void write_gate(struct jsonw *json, const struct policy *policy,
                       const struct gate_result *result)
{
    static const int decimals[GATES] = {
        [GATE_POINTS] = 3, [GATE_RANK] = 2, [GATE_FACTOR_RANK] = 2, [GATE_STAR] = 1};
    bool is_number = decimals[result->gate] > 0;
    jsonw_object(json, NULL);
    jsonw_string(json, "gate", gate_name(result->gate));
    if (result->gate == GATE_FACTOR_RANK)
        jsonw_string(json, "factor", policy->factors[result->factor].id);
    jsonw_bool(json, "passed", result->passed);
    if (is_number) {
        int places = decimals[result->gate];
        bool short_of = result->has_value && result->value < result->needed;
        jsonw_decimal(json, "needed", result->needed, places);
        write_decimal_or_null(json, "value", result->has_value, result->value, places);
        write_decimal_or_null(json, "missing", result->has_value,
                              short_of ? result->needed - result->value : 0, places);
    }
    jsonw_end_object(json);
}

static void write_eligibility(struct jsonw *json, const struct policy *policy,
                              const struct score *score)
{
    jsonw_array(json, "eligibility");
    for (size_t i = 0; i < policy->eligibility_count; i++) {
        const struct eligibility_result *result = &score->eligibilities[i];
        jsonw_object(json, NULL);
        jsonw_string(json, "id", policy->eligibilities[i].id);
        jsonw_bool(json, "eligible", result->eligible);
        jsonw_array(json, "gates");
        for (size_t g = 0; g < result->gate_count; g++)
            write_gate(json, policy, &result->gates[g]);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_score(struct jsonw *json, const struct asked *asked,
                        const struct in_force *in_force, const struct scored *scored,
                        const struct week_changes *changes)
{
    const struct question *q = &in_force->q;
    const struct score *score = &scored->score;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    jsonw_string(json, "basis", q->basis == BASIS_LIVE ? "live" : "official");
    write_policy_ref(json, q->policy);
    write_feeds(json, &in_force->feeds);
    jsonw_string(json, "status", score_status_name(score->status));
    write_composite(json, score);
    write_decimal_or_null(json, "star", score->has_star, score->star, 1);
    write_decimal_or_null(json, "rank_rate", scored->peers.has_rank, scored->peers.rank, 2);
    jsonw_int(json, "peers", scored->peers.count);
    jsonw_instant(json, "next_change_at", scored->next_change);
    write_factors(json, q, scored, changes);
    write_composites(json, q, scored);
    jsonw_object(json, "metrics");
    for (size_t i = q->policy->scored_metric_count; i < q->policy->metric_count; i++)
        write_metric(json, q, q->policy->metrics[i].id, scored, changes, i, false);
    jsonw_end_object(json);
    write_eligibility(json, q->policy, score);
    jsonw_end_object(json);
}

/* --- handlers --- */

enum err score_get(struct call *call)
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
    struct week_changes changes;
    err = load(call, &asked, &in_force, &scored, &changes);
    if (err == ERR_OK)
        write_score(&call->json, &asked, &in_force, &scored, &changes);
    return err;
}

/* Score and level from one snapshot. */
static enum err load_summary(struct call *call, const char *store, struct arena *arena,
                             struct scored *ret_scored, struct backlog *ret_backlog)
{
    struct asked asked = {.store = store, .t = clock_now(), .live = true};
    struct in_force in_force;
    struct backlog_reading reading;
    enum err err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        err = read_backlog(call->api->rules, call->db, &asked, &in_force, arena, &reading,
                           ret_backlog);
    if (err == ERR_OK)
        err = score_beside(call->api->rules, call->db, &asked, &in_force, ret_backlog, ret_scored);
    db_rollback(call->db); /* it only read */
    return err;
}

enum err store_summary(struct call *call, const char *store)
{
    struct arena arena;
    struct scored scored;
    struct backlog backlog;
    arena_init(&arena);
    enum err err = load_summary(call, store, &arena, &scored, &backlog);
    arena_done(&arena);
    if (err != ERR_OK)
        return err;
    jsonw_string(&call->json, "level", backlog_level_name(backlog.level));
    write_composite(&call->json, &scored.score);
    return ERR_OK;
}
