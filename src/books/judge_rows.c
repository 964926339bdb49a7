/* Verdicts as rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books/verdict_row.h"
#include "db/query.h"
#include "judging.h"
#include "sql.h"

#define REASON_RATIO 1
#define REASON_TREND 2

struct verdict verdict_of_row(const struct db_result *result, int row)
{
    enum {
        DAY,
        HOURS,
        CHECKPOINT,
        LEVEL,
        STATE,
        REASONS,
        STALE,
        ORDERS,
        ELIGIBLE,
        EXEMPT,
        OVERDUE,
        STILL_OPEN,
        BASELINE_OVERDUE,
        BASELINE_ELIGIBLE,
        POLICY_ID,
        POLICY_VERSION,
        KIND,
        PERCENT,
        LIFTS_AT,
    };
    struct verdict verdict = {
        .day = db_date(result, row, DAY),
        .hours = (int32_t)db_int(result, row, HOURS),
        .checkpoint = db_instant(result, row, CHECKPOINT),
        .level = (enum backlog_level)db_int(result, row, LEVEL),
        .state = (enum mark_state)db_int(result, row, STATE),
        .by_ratio = (db_int(result, row, REASONS) & REASON_RATIO) != 0,
        .by_trend = (db_int(result, row, REASONS) & REASON_TREND) != 0,
        .stale = db_bool(result, row, STALE),
        .orders = db_int(result, row, ORDERS),
        .eligible = db_int(result, row, ELIGIBLE),
        .exempt = db_int(result, row, EXEMPT),
        .overdue = db_int(result, row, OVERDUE),
        .still_open = db_int(result, row, STILL_OPEN),
        .baseline = {db_int(result, row, BASELINE_OVERDUE), db_int(result, row, BASELINE_ELIGIBLE)},
        .policy_version = (int32_t)db_int(result, row, POLICY_VERSION),
    };
    snprintf(verdict.policy_id, sizeof verdict.policy_id, "%s", db_text(result, row, POLICY_ID));
    if (!db_is_null(result, row, KIND)) {
        struct restriction_rule *rule = &verdict.restriction;
        snprintf(rule->kind, sizeof rule->kind, "%s", db_text(result, row, KIND));
        rule->has_percent = !db_is_null(result, row, PERCENT);
        rule->percent = (int32_t)db_int(result, row, PERCENT);
        rule->hours =
            (int32_t)((db_instant(result, row, LIFTS_AT).us - verdict.checkpoint.us) / US_PER_HOUR);
    }
    return verdict;
}

struct hit hit_of_row(const struct db_result *result, int row)
{
    enum { KIND, PERCENT, DAY, CHECKPOINT, LIFTS_AT };
    struct hit hit = {
        .percent = (int32_t)db_int(result, row, PERCENT),
        .day = db_date(result, row, DAY),
        .from = db_instant(result, row, CHECKPOINT),
        .to = db_instant(result, row, LIFTS_AT),
    };
    snprintf(hit.kind, sizeof hit.kind, "%s", db_text(result, row, KIND));
    return hit;
}

/* --- loading --- */

static int compare_position(const struct judged *mark, int32_t day, int32_t hours)
{
    if (mark->due.day != day)
        return mark->due.day < day ? -1 : 1;
    return mark->hours < hours ? -1 : mark->hours > hours;
}

static int compare_pointers(const void *a, const void *b)
{
    const struct judged *x = *(struct judged *const *)a, *y = *(struct judged *const *)b;
    return compare_position(x, y->due.day, y->hours);
}

static enum err ask_newest(const struct judging *judging, struct judged *const *by_day,
                           struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < judging->count; i++)
        if (i == 0 || by_day[i]->due.day != by_day[i - 1]->due.day)
            db_add_date(args, by_day[i]->due.day);
    return db_query(judging->db, &sql_verdicts_newest, args, ret_result);
}

static void take_newest(struct judged *const *by_day, size_t count, const struct db_result *result)
{
    enum { SEQ = 19, STANDS };
    size_t at = 0;
    for (int row = 0; row < db_rows(result); row++) { /* both ascend */
        struct verdict stored = verdict_of_row(result, row);
        while (at < count && compare_position(by_day[at], stored.day, stored.hours) < 0)
            at++;
        if (at == count || compare_position(by_day[at], stored.day, stored.hours) != 0)
            continue;
        by_day[at]->seq = (int32_t)db_int(result, row, SEQ);
        by_day[at]->stands = db_bool(result, row, STANDS);
        by_day[at]->stored = stored;
    }
}

static void drop_strangers(struct judging *judging)
{
    size_t kept = 0;
    for (size_t i = 0; i < judging->count; i++) {
        const struct judged *mark = &judging->marks[i];
        if (judged_is_told(judging, mark) || mark->seq > 0 || mark->asked)
            judging->marks[kept++] = *mark;
    }
    judging->count = kept;
}

enum err judge_load(struct judging *judging)
{
    if (judging->count == 0)
        return ERR_OK;
    struct judged **by_day = arena_alloc(&judging->arena, judging->count * sizeof(struct judged *));
    if (by_day == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < judging->count; i++)
        by_day[i] = &judging->marks[i];
    qsort(by_day, judging->count, sizeof *by_day, compare_pointers);
    struct db_result *result = NULL;
    enum err err = ask_newest(judging, by_day, &result);
    if (err == ERR_OK) {
        take_newest(by_day, judging->count, result);
        drop_strangers(judging);
    }
    db_result_free(result);
    return err;
}

/* --- writing --- */

static enum err write_ends(struct judging *judging)
{
    size_t count = 0;
    const struct judged **ended =
        arena_alloc(&judging->arena, (judging->count + 1) * sizeof *ended);
    if (ended == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < judging->count; i++)
        if (judging->marks[i].ends)
            ended[count++] = &judging->marks[i];
    if (count == 0)
        return ERR_OK;
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < count; i++)
        db_add_date(args, ended[i]->due.day);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, ended[i]->hours);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, ended[i]->seq);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)ended[i]->change);
    db_arg_instant(args, judging->now);
    return db_pipeline_add(judging->db, &sql_verdicts_end, args);
}

typedef int32_t int32_of(const struct verdict_row *row);
typedef int64_t int64_of(const struct verdict_row *row);

static int32_t hours_of(const struct verdict_row *row)
{
    return row->verdict.hours;
}

static int32_t seq_of(const struct verdict_row *row)
{
    return row->seq;
}

static int32_t level_of(const struct verdict_row *row)
{
    return (int32_t)row->verdict.level;
}

static int32_t state_of(const struct verdict_row *row)
{
    return (int32_t)row->verdict.state;
}

static int32_t reasons_of(const struct verdict_row *row)
{
    return (row->verdict.by_ratio ? REASON_RATIO : 0) | (row->verdict.by_trend ? REASON_TREND : 0);
}

static int32_t version_of(const struct verdict_row *row)
{
    return row->verdict.policy_version;
}

static int32_t cause_of(const struct verdict_row *row)
{
    return (int32_t)row->cause;
}

static int64_t orders_of(const struct verdict_row *row)
{
    return row->verdict.orders;
}

static int64_t eligible_of(const struct verdict_row *row)
{
    return row->verdict.eligible;
}

static int64_t exempt_of(const struct verdict_row *row)
{
    return row->verdict.exempt;
}

static int64_t overdue_of(const struct verdict_row *row)
{
    return row->verdict.overdue;
}

static int64_t still_open_of(const struct verdict_row *row)
{
    return row->verdict.still_open;
}

static int64_t baseline_overdue_of(const struct verdict_row *row)
{
    return row->verdict.baseline.overdue;
}

static int64_t baseline_eligible_of(const struct verdict_row *row)
{
    return row->verdict.baseline.eligible;
}

static void arg_int32s(struct db_args *args, const struct verdict_row *const *rows, size_t count,
                       int32_of *of)
{
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, of(rows[i]));
}

static void arg_ints(struct db_args *args, const struct verdict_row *const *rows, size_t count,
                     int64_of *of)
{
    db_arg_array(args, DB_INTS);
    for (size_t i = 0; i < count; i++)
        db_add_int(args, of(rows[i]));
}

static void arg_restrictions(struct db_args *args, const struct verdict_row *const *rows,
                             size_t count)
{
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, verdict_restricts(&rows[i]->verdict) ? rows[i]->verdict.restriction.kind
                                                               : NULL);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32_or_null(args, rows[i]->verdict.restriction.has_percent,
                             rows[i]->verdict.restriction.percent);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, verdict_restricts(&rows[i]->verdict)
                                 ? verdict_lifts_at(&rows[i]->verdict)
                                 : INSTANT_NEVER);
}

static struct db_args *row_args(const struct judging *judging,
                                const struct verdict_row *const *rows, size_t count)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < count; i++)
        db_add_date(args, rows[i]->verdict.day);
    arg_int32s(args, rows, count, hours_of);
    arg_int32s(args, rows, count, seq_of);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, rows[i]->verdict.checkpoint);
    arg_int32s(args, rows, count, level_of);
    arg_int32s(args, rows, count, state_of);
    arg_int32s(args, rows, count, reasons_of);
    db_arg_array(args, DB_BOOLS);
    for (size_t i = 0; i < count; i++)
        db_add_bool(args, rows[i]->verdict.stale);
    arg_ints(args, rows, count, orders_of);
    arg_ints(args, rows, count, eligible_of);
    arg_ints(args, rows, count, exempt_of);
    arg_ints(args, rows, count, overdue_of);
    arg_ints(args, rows, count, still_open_of);
    arg_ints(args, rows, count, baseline_overdue_of);
    arg_ints(args, rows, count, baseline_eligible_of);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, rows[i]->verdict.policy_id);
    arg_int32s(args, rows, count, version_of);
    arg_restrictions(args, rows, count);
    db_arg_instant(args, judging->now);
    arg_int32s(args, rows, count, cause_of);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32_or_null(args, rows[i]->ended, (int32_t)rows[i]->ended_cause);
    return args;
}

enum err judge_write(struct judging *judging)
{
    const struct verdict_row **rows =
        arena_alloc(&judging->arena, (2 * judging->count + 1) * sizeof *rows);
    if (rows == NULL)
        return ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < judging->count; i++)
        for (size_t r = 0; r < judging->marks[i].row_count; r++)
            rows[count++] = &judging->marks[i].rows[r];
    enum err err = write_ends(judging);
    if (err == ERR_OK && count > 0)
        err = db_pipeline_add(judging->db, &sql_verdicts_add, row_args(judging, rows, count));
    return err == ERR_OK ? db_pipeline_run(judging->db, NULL) : err;
}
