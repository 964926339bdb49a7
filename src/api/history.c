/* GET …/score/history: the daily snapshots as they were shown, beside what is known of the same
 * instants now. */
#include <stdio.h>
#include <string.h>

#include "books/snapshots.h"
#include "call.h"
#include "days.h"
#include "metric.h"
#include "page.h"
#include "rules/rules.h"
#include "sql.h"

#define HISTORY_LIMIT 7
#define HISTORY_LIMIT_MAX 366
#define COMPARED_MAX 31 /* each reads the orders of its windows */

struct history {
    const char *store;
    bool compare;
    struct day_range days;
    struct page page;
};

/* --- decode --- */

/* The cursor is the last day that was shown. */
static enum err read_page(struct call *call, struct history *history)
{
    int32_t most = history->compare ? COMPARED_MAX : HISTORY_LIMIT_MAX;
    enum err err = call_page(call, HISTORY_LIMIT, most, 1, &history->page);
    const char *last = history->page.after[0];
    if (err != ERR_OK || last == NULL)
        return err;
    int32_t day;
    if (date_parse(last, strlen(last), &day) != ERR_OK)
        return call_invalid(call, "", "query parameter cursor: is not a next_cursor of this list");
    history->days.to = day - 1 < history->days.to ? day - 1 : history->days.to;
    return ERR_OK;
}

static enum err decode(struct call *call, struct history *ret_history)
{
    struct history *history = ret_history;
    enum err err = call_store(call, &history->store);
    if (err == ERR_OK)
        err = call_days(call, &history->days);
    history->compare = true;
    if (err == ERR_OK)
        err = call_flag(call, "compare", &history->compare);
    return err == ERR_OK ? read_page(call, history) : err;
}

/* --- load --- */

static enum err load_shown(struct call *call, const struct history *history,
                           struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, history->store);
    db_arg_date(args, history->days.from);
    db_arg_date(args, history->days.to);
    db_arg_int32(args, history->page.limit + 1);
    return db_query(call->db, &sql_snapshots_page, args, ret_result);
}

/* The same instant under the same policy version, by what is known now. */
static enum err make_now(struct call *call, const char *store, const struct snapshot *shown,
                         struct snapshot *ret_now)
{
    char policy[POLICY_ID_MAX + 16];
    snprintf(policy, sizeof policy, "%s@%d", shown->policy_id, (int)shown->policy_version);
    struct asked asked = {
        .store = store,
        .t = shown->at,
        .basis = BASIS_OFFICIAL,
        .policy = policy,
    };
    enum err err = snapshot_make(call->api->rules, call->db, &asked, ret_now);
    return err == ERR_INVALID ? ERR_INTERNAL : err; /* versions do not go away */
}

/* --- encode --- */

static void write_points(struct jsonw *json, const char *name, int64_t points)
{
    write_decimal_or_null(json, name, points != PEER_NONE, points, 3);
}

static void write_score(struct jsonw *json, const struct snapshot *snapshot)
{
    if (snapshot->points == PEER_NONE) {
        jsonw_null(json, "score");
        return;
    }
    jsonw_object(json, "score");
    write_points(json, "points", snapshot->points);
    write_points(json, "base", snapshot->base);
    write_points(json, "bonus", snapshot->bonus);
    jsonw_end_object(json);
}

static void write_counted(struct jsonw *json, const struct policy *policy, size_t m,
                          const struct snapshot *snapshot)
{
    const struct reading *reading = &snapshot->metrics[m];
    int64_t value = peer_value(policy, m, reading);
    jsonw_object(json, NULL);
    jsonw_string(json, "id", policy->metrics[m].id);
    write_decimal_or_null(json, "value", value != PEER_NONE, value, 4);
    write_points(json, "points", snapshot->metric_points[m]);
    write_reading(json, &policy->metrics[m], reading);
    jsonw_end_object(json);
}

static void write_snapshot(struct jsonw *json, const char *name, const struct policy *policy,
                           const struct snapshot *snapshot)
{
    jsonw_object(json, name);
    if (!instant_is_never(snapshot->taken_at))
        jsonw_instant(json, "taken_at", snapshot->taken_at);
    write_policy_ref(json, policy);
    jsonw_string(json, "status", score_status_name(snapshot->status));
    write_score(json, snapshot);
    write_decimal_or_null(json, "star", snapshot->star != PEER_NONE, snapshot->star, 1);
    write_decimal_or_null(json, "rank_rate", snapshot->rank != PEER_NONE, snapshot->rank, 2);
    jsonw_int(json, "peers", snapshot->peers);
    jsonw_array(json, "factors");
    for (size_t f = 0; f < policy->factor_count; f++) {
        jsonw_object(json, NULL);
        jsonw_string(json, "id", policy->factors[f].id);
        write_points(json, "points", snapshot->factor_points[f]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
    jsonw_array(json, "composites");
    for (size_t c = 0; c < policy->composite_count; c++) {
        jsonw_object(json, NULL);
        jsonw_string(json, "id", policy->composites[c].id);
        write_points(json, "points", snapshot->composite_points[c]);
        jsonw_end_object(json);
    }
    jsonw_end_array(json);
    jsonw_array(json, "metrics");
    for (size_t m = 0; m < policy->metric_count; m++)
        write_counted(json, policy, m, snapshot);
    jsonw_end_array(json);
    jsonw_end_object(json);
}

/* Loads what belongs to the item and writes it: one at a time is kept. */
static enum err write_item(struct call *call, const struct history *history,
                           const struct snapshot *shown)
{
    struct jsonw *json = &call->json;
    const struct policy *policy;
    struct snapshot now;
    enum err err =
        rules_policy(call->api->rules, call->db, shown->policy_id, shown->policy_version, &policy);
    if (err == ERR_OK && history->compare)
        err = make_now(call, history->store, shown, &now);
    if (err != ERR_OK)
        return err;
    jsonw_object(json, NULL);
    jsonw_date(json, "day", shown->day);
    jsonw_instant(json, "at", shown->at);
    write_snapshot(json, "shown", policy, shown);
    if (history->compare) {
        write_snapshot(json, "now", policy, &now);
        jsonw_bool(json, "differs", snapshot_differs(shown, &now));
    }
    jsonw_end_object(json);
    return ERR_OK;
}

static void write_next(struct call *call, const struct db_result *result, int shown)
{
    if (db_rows(result) <= shown) {
        call_next_cursor(call, NULL, 0);
        return;
    }
    struct snapshot last;
    char day[DATE_TEXT_SIZE];
    snapshot_of_row(result, shown - 1, &last);
    date_format(last.day, day);
    call_next_cursor(call, (const char *const[]){day}, 1);
}

static enum err answer(struct call *call, const struct history *history)
{
    struct db_result *result = NULL;
    enum err err = load_shown(call, history, &result);
    if (err == ERR_OK && db_rows(result) == 0)
        err = call_store_exists(call, history->store);
    int shown = err == ERR_OK ? page_shown(&history->page, result) : 0;
    jsonw_object(&call->json, NULL);
    jsonw_array(&call->json, "items");
    for (int row = 0; err == ERR_OK && row < shown; row++) {
        struct snapshot snapshot;
        snapshot_of_row(result, row, &snapshot);
        err = write_item(call, history, &snapshot);
    }
    jsonw_end_array(&call->json);
    if (err == ERR_OK)
        write_next(call, result, shown);
    jsonw_end_object(&call->json);
    db_result_free(result);
    return err;
}

/* --- handler --- */

enum err score_history_get(struct call *call)
{
    struct history history;
    enum err err = decode(call, &history);
    if (err == ERR_OK)
        err = db_begin(call->db, DB_SNAPSHOT);
    if (err != ERR_OK)
        return err;
    err = answer(call, &history);
    db_rollback(call->db); /* it only read */
    return err;
}
