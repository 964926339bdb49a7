/* GET …/score: the live score, explained (CONTRACT section 5). */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "call.h"
#include "domain/score.h"

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
                     struct score_reading *ret_reading)
{
    enum err err = call_in_force(call, asked, in_force);
    if (err == ERR_OK)
        err = read_score(call->api->rules, call->db, asked, in_force, ret_reading);
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

static void write_decimal_or_null(struct jsonw *json, const char *name, bool known, int64_t scaled,
                                  int decimals)
{
    if (known)
        jsonw_decimal(json, name, scaled, decimals);
    else
        jsonw_null(json, name);
}

static const char *unit_name(enum metric_unit unit)
{
    static const char *const names[] = {"ratio", "hours", "seconds"};
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

static void write_metric(struct jsonw *json, const struct question *q, const char *name,
                         const struct metric *metric, const struct reading *reading,
                         const struct metric_score *score, bool in_factor)
{
    bool is_share = metric->measure.kind == MEASURE_WITHIN;
    jsonw_object(json, name);
    jsonw_string(json, "id", metric->id);
    jsonw_string(json, "unit", unit_name(metric->unit));
    jsonw_int(json, is_share ? "good" : "amount", reading->sum);
    jsonw_int(json, "valid", reading->valid);
    if (is_share)
        jsonw_int(json, "pending", reading->pending);
    write_decimal_or_null(json, "value", score->has_value, score->value, 4);
    if (is_share)
        write_decimal_or_null(json, "value_worst", score->has_worst, score->worst, 4);
    write_window(json, q, metric, score->window);
    jsonw_string(json, "better", metric->higher_is_better ? "higher" : "lower");
    write_decimal_or_null(json, "target", metric->has_target, metric->target, 4);
    write_decimal_or_null(json, "points", score->has_points, score->points, 3);
    write_decimal_or_null(json, "contribution", in_factor && score->has_points, score->contribution,
                          3);
    jsonw_string(json, "sample", sample_name(score->sample));
    jsonw_null(json, "week_change");
    jsonw_null(json, "peer_mean");
    jsonw_end_object(json);
}

static void write_composite(struct jsonw *json, const struct score *score)
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

static void write_factors(struct jsonw *json, const struct question *q,
                          const struct score_reading *reading, const struct score *score)
{
    jsonw_array(json, "factors");
    for (size_t f = 0; f < q->policy->factor_count; f++) {
        const struct factor *factor = &q->policy->factors[f];
        const struct factor_score *points = &score->factors[f];
        jsonw_object(json, NULL);
        jsonw_string(json, "id", factor->id);
        jsonw_decimal(json, "weight", factor->weight, 3);
        write_decimal_or_null(json, "points", points->has_points, points->points, 3);
        write_decimal_or_null(json, "contribution", points->has_points, points->contribution, 3);
        jsonw_array(json, "metrics");
        for (size_t i = factor->metric_first; i < factor->metric_first + factor->metric_count; i++)
            write_metric(json, q, NULL, &q->policy->metrics[i], &reading->metrics[i],
                         &score->metrics[i], true);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_score(struct jsonw *json, const struct asked *asked,
                        const struct in_force *in_force, const struct score_reading *reading,
                        const struct score *score)
{
    const struct question *q = &in_force->q;
    jsonw_object(json, NULL);
    jsonw_string(json, "store", asked->store);
    jsonw_instant(json, "as_of", q->t);
    jsonw_string(json, "basis", q->basis == BASIS_LIVE ? "live" : "official");
    write_policy_ref(json, q->policy);
    write_feeds(json, &in_force->feeds);
    jsonw_string(json, "status", score_status_name(score->status));
    write_composite(json, score);
    write_decimal_or_null(json, "star", score->has_star, score->star, 1);
    jsonw_null(json, "rank_rate");
    jsonw_int(json, "peers", 0);
    jsonw_instant(json, "next_change_at", score_next_change(q, reading, &in_force->feeds));
    write_factors(json, q, reading, score);
    jsonw_object(json, "composites");
    jsonw_end_object(json);
    jsonw_object(json, "metrics");
    for (size_t i = q->policy->scored_metric_count; i < q->policy->metric_count; i++)
        write_metric(json, q, q->policy->metrics[i].id, &q->policy->metrics[i],
                     &reading->metrics[i], &score->metrics[i], false);
    jsonw_end_object(json);
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
    struct score_reading reading;
    err = load(call, &asked, &in_force, &reading);
    if (err != ERR_OK)
        return err;
    struct score score;
    score_compute(&in_force.q, &reading, &in_force.feeds, &score);
    write_score(&call->json, &asked, &in_force, &reading, &score);
    return ERR_OK;
}

/* Score and level from one snapshot. */
static enum err load_summary(struct call *call, const char *store, struct arena *arena,
                             struct score *ret_score, struct backlog *ret_backlog)
{
    struct asked asked = {.store = store, .t = clock_now(), .live = true};
    struct in_force in_force;
    struct score_reading reading;
    struct backlog_reading backlog_reading;
    enum err err = call_in_force(call, &asked, &in_force);
    if (err == ERR_OK)
        err = read_score(call->api->rules, call->db, &asked, &in_force, &reading);
    if (err == ERR_OK)
        err = read_backlog(call->api->rules, call->db, &asked, &in_force, arena, &backlog_reading,
                           ret_backlog);
    db_rollback(call->db); /* it only read */
    if (err == ERR_OK)
        score_compute(&in_force.q, &reading, &in_force.feeds, ret_score);
    return err;
}

enum err store_summary(struct call *call, const char *store)
{
    struct arena arena;
    struct score score;
    struct backlog backlog;
    arena_init(&arena);
    enum err err = load_summary(call, store, &arena, &score, &backlog);
    arena_done(&arena);
    if (err != ERR_OK)
        return err;
    jsonw_string(&call->json, "level", backlog_level_name(backlog.level));
    write_composite(&call->json, &score);
    return ERR_OK;
}
