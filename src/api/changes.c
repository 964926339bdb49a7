/* GET …/score/changes: why a score changed, cause by cause. */
#include "books/changes.h"
#include "base/cleanup.h"
#include "books/known.h"
#include "call.h"
#include "metric.h"

#define DAYS_MAX 400 /* between the two instants */

struct ends {
    struct asked from, to;
    struct in_force from_rules, to_rules;
    const struct change_reading *readings[CHANGE_READINGS];
};

/* --- decode --- */

static enum err decode(struct call *call, struct ends *ret_ends)
{
    struct asked from = {0}, to = {.t = call->req->now, .live = true};
    enum err err = call_store(call, &from.store);
    if (err == ERR_OK)
        err = call_basis(call, &from.basis);
    if (err == ERR_OK) {
        err = call_instant(call, "from", &from.t);
        if (err == ERR_NOT_FOUND)
            err = call_invalid(call, "", "query parameter from: is missing");
    }
    if (err == ERR_OK) {
        err = call_instant(call, "to", &to.t);
        to.live = err == ERR_NOT_FOUND;
        if (to.live)
            err = ERR_OK;
    }
    if (err != ERR_OK)
        return err;
    if (!instant_before(from.t, to.t))
        return call_invalid(call, "", "query parameter from: does not lie before to");
    if (instant_before(instant_add_hours(from.t, DAYS_MAX * 24), to.t))
        return call_invalid(call, "", "query parameter from: more than %d days before to",
                            DAYS_MAX);
    to.store = from.store;
    to.basis = from.basis;
    ret_ends->from = from;
    ret_ends->to = to;
    return ERR_OK;
}

/* --- load --- */

static enum err load(struct call *call, struct ends *ends, struct arena *arena)
{
    enum err err = call_in_force(call, &ends->to, &ends->to_rules);
    if (err == ERR_OK)
        err = in_force_at(call->api->rules, call->db, &ends->from, &ends->from_rules);
    if (err == ERR_OK)
        err = changes_read(call->api->rules, call->db, ends->to.store, &ends->from_rules,
                           &ends->to_rules, arena, ends->readings);
    db_rollback(call->db); /* it only read */
    return err;
}

/* --- encode --- */

static void write_points(struct jsonw *json, const char *name, int64_t points)
{
    jsonw_decimal(json, name, points, 3);
}

static void write_end(struct jsonw *json, const char *name, const struct in_force *in_force,
                      const struct change_reading *reading)
{
    jsonw_object(json, name);
    jsonw_instant(json, "as_of", in_force->q.t);
    write_policy_ref(json, in_force->q.policy);
    write_composite(json, &reading->score);
    jsonw_end_object(json);
}

/* Of the bonus, or of all. */
static void write_causes(struct jsonw *json, const char *name, const int64_t points[static CAUSES])
{
    jsonw_array(json, name);
    for (enum cause cause = 0; cause < CAUSES; cause++) {
        jsonw_object(json, NULL);
        jsonw_string(json, "cause", cause_name(cause));
        write_points(json, "change", points[cause]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_metric_end(struct jsonw *json, const char *name,
                             const struct change_reading *reading, size_t m, bool in_factor)
{
    if (m == CHANGE_ABSENT) {
        jsonw_null(json, name);
        return;
    }
    const struct metric_score *score = &reading->score.metrics[m];
    jsonw_object(json, name);
    write_reading(json, &reading->policy->metrics[m], &reading->reading.metrics[m]);
    write_decimal_or_null(json, "value", score->has_value, score->value, 4);
    if (in_factor) {
        write_decimal_or_null(json, "points", score->has_points, score->points, 3);
        write_decimal_or_null(json, "contribution", score->has_points, score->contribution, 3);
    }
    jsonw_end_object(json);
}

static bool is_nothing(const struct change_part *part)
{
    return part->points == 0 && part->counts.sum == 0 && part->counts.valid == 0 &&
           part->counts.pending == 0;
}

static void write_parts(struct jsonw *json, const struct metric *metric,
                        const struct metric_change *change, bool in_factor)
{
    jsonw_array(json, "parts");
    for (enum cause cause = 0; cause < CAUSES; cause++) {
        const struct change_part *part = &change->parts[cause];
        if (is_nothing(part))
            continue;
        jsonw_object(json, NULL);
        jsonw_string(json, "cause", cause_name(cause));
        if (in_factor)
            write_points(json, "change", part->points);
        write_reading(json, metric, &part->counts);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

static void write_metric_change(struct jsonw *json, const struct ends *ends,
                                const struct metric_change *change, bool in_factor)
{
    const struct change_reading *from = ends->readings[0];
    const struct change_reading *to = ends->readings[CHANGE_READINGS - 1];
    const struct metric *metric = change->to != CHANGE_ABSENT
                                      ? &to->policy->metrics[change->to]
                                      : &from->policy->metrics[change->from];
    jsonw_object(json, NULL);
    jsonw_string(json, "id", metric->id);
    write_metric_end(json, "from", from, change->from, in_factor);
    write_metric_end(json, "to", to, change->to, in_factor);
    if (in_factor)
        write_points(json, "change", metric_change_points(change));
    write_parts(json, metric, change, in_factor);
    jsonw_end_object(json);
}

static void write_factor_end(struct jsonw *json, const char *name,
                             const struct change_reading *reading, size_t f)
{
    if (f == CHANGE_ABSENT) {
        jsonw_null(json, name);
        return;
    }
    const struct factor_score *score = &reading->score.factors[f];
    jsonw_object(json, name);
    write_decimal_or_null(json, "points", score->has_points, score->points, 3);
    write_decimal_or_null(json, "contribution", score->has_points, score->contribution, 3);
    jsonw_end_object(json);
}

static void write_factors(struct jsonw *json, const struct ends *ends,
                          const struct changes *changes)
{
    const struct change_reading *from = ends->readings[0];
    const struct change_reading *to = ends->readings[CHANGE_READINGS - 1];
    jsonw_array(json, "factors");
    for (size_t i = 0; i < changes->factor_count; i++) {
        const struct factor_change *factor = &changes->factors[i];
        jsonw_object(json, NULL);
        jsonw_string(json, "id",
                     factor->to != CHANGE_ABSENT ? to->policy->factors[factor->to].id
                                                 : from->policy->factors[factor->from].id);
        write_factor_end(json, "from", from, factor->from);
        write_factor_end(json, "to", to, factor->to);
        write_points(json, "change", factor_change_points(changes, factor));
        jsonw_array(json, "metrics");
        for (size_t m = 0; m < factor->metric_count; m++)
            write_metric_change(json, ends, &changes->metrics[factor->metric_first + m], true);
        jsonw_end_array(json);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
}

/* "to" comes first: the entity tag leaves out the first as_of, and that is the one that runs on. */
static void write_changes(struct jsonw *json, const struct ends *ends,
                          const struct changes *changes)
{
    const struct change_reading *from = ends->readings[0];
    const struct change_reading *to = ends->readings[CHANGE_READINGS - 1];
    jsonw_object(json, NULL);
    jsonw_string(json, "store", ends->to.store);
    jsonw_string(json, "basis", ends->to.basis == BASIS_LIVE ? "live" : "official");
    write_end(json, "to", &ends->to_rules, to);
    write_end(json, "from", &ends->from_rules, from);
    write_decimal_or_null(json, "change", changes->scored, to->score.points - from->score.points,
                          3);
    write_causes(json, "causes", changes->causes);
    write_causes(json, "bonus", changes->bonus);
    write_factors(json, ends, changes);
    jsonw_array(json, "metrics");
    for (size_t i = changes->scored_metric_count; i < changes->metric_count; i++)
        write_metric_change(json, ends, &changes->metrics[i], false);
    jsonw_end_array(json);
    jsonw_end_object(json);
}

/* --- handler --- */

enum err score_changes_get(struct call *call)
{
    struct ends ends;
    struct changes changes;
    struct arena arena;
    enum err err = decode(call, &ends);
    if (err != ERR_OK)
        return err;
    arena_init(&arena);
    err = load(call, &ends, &arena);
    if (err == ERR_TOO_LARGE)
        err = call_invalid(call, "",
                           "query parameters from, to: more than %d facts of before them were "
                           "received after them",
                           KNOWN_LATE_MAX);
    if (err == ERR_OK) {
        changes_compute(ends.readings, &changes);
        write_changes(&call->json, &ends, &changes);
    }
    arena_done(&arena);
    return err;
}
