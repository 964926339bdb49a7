#include "books/readings.h"

#include <stdlib.h>
#include <string.h>

#include "db/facts.h"
#include "db/query.h"
#include "domain/ledger.h"
#include "domain/replay.h"
#include "rules/rules.h"
#include "sql.h"

/* --- the fast path --- */

/* A range of open orders whose earliest mark changes the answer. */
struct mark_range {
    enum series series;
    int32_t hours; /* from t0 to the mark; 0 for the promise */
    struct instant from;
    struct instant to;
};
#define MARK_RANGES_MAX (POLICY_METRICS_MAX + POLICY_MARKS_MAX)

static struct mark_range range_of(const struct question *q, struct measure measure,
                                  struct window window)
{
    struct mark_range range = {
        .series = measure_series(measure),
        .hours = measure.limit == LIMIT_HOURS ? measure.n : 0,
        .from = calendar_start(q->calendar, window.first_day),
        .to =
            instant_min(q->t, (struct instant){calendar_end(q->calendar, window.last_day).us - 1}),
    };
    if (measure.limit == LIMIT_HOURS)
        range.from = instant_max(range.from, instant_add_hours(q->t, -(int64_t)measure.n));
    return range;
}

static size_t score_ranges(const struct question *q, struct mark_range *ranges)
{
    size_t count = 0;
    int32_t today = calendar_day(q->calendar, q->t);
    for (size_t i = 0; i < q->policy->metric_count; i++) {
        const struct metric *metric = &q->policy->metrics[i];
        if (metric->measure.kind == MEASURE_WITHIN && metric->measure.limit != LIMIT_DAYS)
            ranges[count++] =
                range_of(q, metric->measure, window_of(q->basis, today, metric->window_days));
    }
    return count;
}

static size_t backlog_ranges(const struct question *q, struct mark_range *ranges)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct window listed = {today - COHORTS_LISTED + 1, today};
    for (size_t i = 0; i < q->policy->backlog.mark_count; i++)
        ranges[i] = range_of(q, mark_measure(&q->policy->backlog.marks[i]), listed);
    return q->policy->backlog.mark_count;
}

/* What the fast path sends in one round trip. */
enum ledger_query { LEDGER_TALLIES, LEDGER_WAITING, LEDGER_OPEN, LEDGER_EARLY, LEDGER_NEXT_MARK };
#define LEDGER_QUERIES 5

static void add_cut_array(struct db_args *args, enum series series, const struct cut *cuts,
                          size_t count)
{
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        if (cuts[i].series == series)
            db_add_instant(args, (struct instant){cuts[i].hour * US_PER_HOUR});
}

static struct db_args *next_mark_args(const struct asked *asked, const struct mark_range *ranges,
                                      size_t count)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)ranges[i].series);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, ranges[i].from);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, ranges[i].to);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, asked->t);
    return args;
}

static enum err ask_ledger(struct db *db, const struct asked *asked, const struct question *q,
                           int32_t first_day, const struct mark_range *ranges, size_t range_count,
                           struct db_result **results)
{
    int32_t today = calendar_day(q->calendar, q->t);
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_date(args, first_day);
    db_arg_date(args, today);
    enum err err = db_pipeline_add(db, &sql_ledger_tallies, args);

    int64_t from_hour = instant_hour(calendar_start(q->calendar, ledger_waiting_from(q)));
    args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_int32(args, (int32_t)from_hour);
    db_arg_int32(args, (int32_t)instant_hour(q->t));
    if (err == ERR_OK)
        err = db_pipeline_add(db, &sql_ledger_waiting, args);

    struct cut cuts[LEDGER_CUTS_MAX];
    size_t cut_count = ledger_cuts(q, cuts);
    args = db_args_new();
    db_arg_text(args, asked->store);
    add_cut_array(args, SERIES_COLLECTED, cuts, cut_count);
    add_cut_array(args, SERIES_DELIVERED, cuts, cut_count);
    /* The promise is cut by t alone. */
    db_arg_instant(args, (struct instant){instant_hour(q->t) * US_PER_HOUR});
    if (err == ERR_OK)
        err = db_pipeline_add(db, &sql_ledger_open, args);

    args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_instant(args, q->t);
    db_arg_instant(args, calendar_end(q->calendar, today));
    if (err == ERR_OK)
        err = db_pipeline_add(db, &sql_ledger_early, args);
    if (err == ERR_OK)
        err =
            db_pipeline_add(db, &sql_ledger_next_mark, next_mark_args(asked, ranges, range_count));
    if (err == ERR_OK)
        err = db_pipeline_run(db, results);
    return err;
}

static void take_tallies(struct ledger *ledger, const int32_t *slots,
                         const struct db_result *result, int64_t *counts, size_t room)
{
    for (int row = 0; row < db_rows(result); row++) {
        size_t len = db_ints(result, row, 1, counts, room);
        struct tally *tallies =
            &ledger->tallies[(size_t)(db_date(result, row, 0) - ledger->first_day) *
                             ledger->measure_count];
        for (size_t m = 0; m < ledger->measure_count; m++) {
            size_t at = 2 * (size_t)slots[m];
            if (at + 1 < len && at + 1 < room)
                tallies[m] = (struct tally){counts[at], counts[at + 1]};
        }
    }
}

static void take_waiting(struct ledger *ledger, const struct db_result *result)
{
    for (int row = 0; row < db_rows(result); row++)
        ledger->waiting[ledger->waiting_count++] = (struct waiting_row){
            .series = (enum series)db_int(result, row, 0),
            .day = db_date(result, row, 1),
            .hour = db_int(result, row, 2),
            .open = db_int(result, row, 3),
        };
}

static void take_open(struct ledger *ledger, const struct question *q,
                      const struct db_result *result)
{
    for (int row = 0; row < db_rows(result); row++) {
        struct instant t0 = db_instant(result, row, 1);
        ledger->open[ledger->open_count++] = (struct open_order){
            .series = (enum series)db_int(result, row, 0),
            .day = calendar_day(q->calendar, t0),
            .t0 = t0,
            .mark = db_instant(result, row, 2),
        };
    }
}

/* Orders of today that have not begun: out of the tallies, and the first of them is a change to
 * come. */
static enum err take_early(struct ledger *ledger, const struct question *q,
                           const struct db_result *result, struct instant *next_change)
{
    struct arena arena;
    arena_init(&arena);
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct fact *facts;
        size_t count;
        err = facts_decode(db_text(result, row, 0), db_len(result, row, 0), 0, &arena, &facts,
                           &count);
        if (err != ERR_OK)
            break;
        struct order_view view = order_at(&(struct order){facts, count}, INSTANT_NEVER);
        ledger_exclude(ledger, q, &view);
        if (order_at(&(struct order){facts, count}, q->t).early)
            *next_change = instant_min(*next_change, view.t0);
        arena_clear(&arena);
    }
    arena_done(&arena);
    return err;
}

static void take_next_mark(const struct mark_range *ranges, const struct db_result *result,
                           struct instant *next_change)
{
    for (int row = 0; row < db_rows(result); row++) {
        const struct mark_range *range = &ranges[db_int(result, row, 0) - 1];
        struct instant mark = instant_add_hours(db_instant(result, row, 1), range->hours);
        *next_change = instant_min(*next_change, (struct instant){mark.us + 1});
    }
}

/* Fills a ledger (memory from the arena) and the next change that orders bring about. */
static enum err load_ledger(struct rules *rules, struct db *db, const struct asked *asked,
                            const struct question *q, int32_t first_day,
                            const struct mark_range *ranges, size_t range_count,
                            struct arena *arena, struct ledger *ret_ledger,
                            struct instant *ret_next_change)
{
    struct ledger ledger = {.first_day = first_day};
    ledger.day_count = (size_t)(calendar_day(q->calendar, q->t) - first_day + 1);
    ledger.measure_count = policy_measures(q->policy, ledger.measures);
    int32_t slots[POLICY_MEASURES_MAX], greatest = 0;
    enum err err = rules_slots(rules, db, ledger.measures, ledger.measure_count, slots);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_INTERNAL : err;
    for (size_t m = 0; m < ledger.measure_count; m++)
        greatest = slots[m] > greatest ? slots[m] : greatest;
    size_t room = 2 * ((size_t)greatest + 1);

    struct db_result *results[LEDGER_QUERIES] = {NULL};
    err = ask_ledger(db, asked, q, first_day, ranges, range_count, results);
    if (err != ERR_OK)
        return err;
    size_t waiting = (size_t)db_rows(results[LEDGER_WAITING]);
    size_t open = (size_t)db_rows(results[LEDGER_OPEN]);
    int64_t *counts = arena_alloc(arena, room * sizeof *counts);
    ledger.tallies =
        arena_alloc(arena, ledger.day_count * ledger.measure_count * sizeof *ledger.tallies);
    ledger.waiting = arena_alloc(arena, (waiting + 1) * sizeof *ledger.waiting);
    ledger.open = arena_alloc(arena, (open + 1) * sizeof *ledger.open);
    if (counts == NULL || ledger.tallies == NULL || ledger.waiting == NULL || ledger.open == NULL)
        err = ERR_NOMEM;
    if (err == ERR_OK) {
        *ret_next_change = INSTANT_NEVER;
        take_tallies(&ledger, slots, results[LEDGER_TALLIES], counts, room);
        take_waiting(&ledger, results[LEDGER_WAITING]);
        take_open(&ledger, q, results[LEDGER_OPEN]);
        take_next_mark(ranges, results[LEDGER_NEXT_MARK], ret_next_change);
        err = take_early(&ledger, q, results[LEDGER_EARLY], ret_next_change);
    }
    for (size_t i = 0; i < LEDGER_QUERIES; i++)
        db_result_free(results[i]);
    *ret_ledger = ledger;
    return err;
}

/* --- the slow path --- */

struct replay {
    const struct question *q;
    struct arena arena;
    struct score_reading *score;     /* either */
    struct backlog_reading *backlog; /* or */
};

static enum err replay_row(void *arg, const struct db_result *result)
{
    struct replay *replay = arg;
    struct order order;
    struct fact *facts;
    enum err err = facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), 0, &replay->arena,
                                &facts, &order.count);
    if (err != ERR_OK)
        return err;
    order.facts = facts;
    if (replay->score != NULL)
        replay_score_add(replay->q, &order, replay->score);
    else
        replay_backlog_add(replay->q, &order, replay->backlog);
    arena_clear(&replay->arena);
    return ERR_OK;
}

static enum err replay_orders(struct db *db, const struct asked *asked, int32_t first_day,
                              struct replay *replay)
{
    const struct question *q = replay->q;
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_instant(args, calendar_start(q->calendar, first_day));
    db_arg_instant(args, q->t);
    db_arg_instant(args, calendar_end(q->calendar, calendar_day(q->calendar, q->t)));
    arena_init(&replay->arena);
    enum err err = db_stream(db, &sql_replay_orders, args, replay_row, replay);
    arena_done(&replay->arena);
    return err;
}

/* --- readings --- */

enum err read_score(struct rules *rules, struct db *db, const struct asked *asked,
                    const struct in_force *in_force, struct score_reading *ret_reading)
{
    const struct question *q = &in_force->q;
    int32_t first_day = ledger_score_from(q);
    if (!in_force->tallied) {
        struct replay replay = {.q = q, .score = ret_reading};
        replay_score_begin(ret_reading);
        return replay_orders(db, asked, first_day, &replay);
    }
    struct arena arena;
    arena_init(&arena);
    struct ledger ledger;
    struct mark_range ranges[MARK_RANGES_MAX];
    struct instant next_change;
    enum err err = load_ledger(rules, db, asked, q, first_day, ranges, score_ranges(q, ranges),
                               &arena, &ledger, &next_change);
    if (err == ERR_OK) {
        ledger_read_score(&ledger, q, ret_reading);
        ret_reading->next_change = next_change;
    }
    arena_done(&arena);
    return err;
}

static enum err read_cohorts(struct rules *rules, struct db *db, const struct asked *asked,
                             const struct in_force *in_force, int32_t first_day,
                             struct arena *arena, struct backlog_reading *ret_reading)
{
    const struct question *q = &in_force->q;
    size_t count = (size_t)(calendar_day(q->calendar, q->t) - first_day + 1);
    struct cohort *cohorts = arena_alloc(arena, count * sizeof *cohorts);
    if (cohorts == NULL)
        return ERR_NOMEM;
    if (!in_force->tallied) {
        struct replay replay = {.q = q, .backlog = ret_reading};
        replay_backlog_begin(q, cohorts, count, ret_reading);
        return replay_orders(db, asked, first_day, &replay);
    }
    struct ledger ledger;
    struct mark_range ranges[MARK_RANGES_MAX];
    struct instant next_change;
    enum err err = load_ledger(rules, db, asked, q, first_day, ranges, backlog_ranges(q, ranges),
                               arena, &ledger, &next_change);
    if (err == ERR_OK) {
        ledger_read_backlog(&ledger, q, cohorts, ret_reading);
        ret_reading->next_change = next_change;
    }
    return err;
}

/* Days that a reading of restrictions begins with; it doubles while a restriction reaches back
 * further. */
#define BACKLOG_DAYS 40

enum err read_backlog(struct rules *rules, struct db *db, const struct asked *asked,
                      const struct in_force *in_force, struct arena *arena,
                      struct backlog_reading *ret_reading, struct backlog *ret_backlog)
{
    const struct question *q = &in_force->q;
    int32_t today = calendar_day(q->calendar, q->t);
    int32_t days = BACKLOG_DAYS, needed = today - ledger_backlog_from(q) + 1;
    for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
        const struct mark *mark = &q->policy->backlog.marks[m];
        int32_t reach = (mark->hours + mark->restriction.hours) / 24 + COHORTS_LISTED;
        needed = reach > needed ? reach : needed;
    }
    days = needed > days ? needed : days;

    for (;;) {
        int32_t first_day = today - days + 1;
        bool first_is_all = first_day <= q->calendar->first_day;
        if (first_is_all)
            first_day = q->calendar->first_day;
        enum err err = read_cohorts(rules, db, asked, in_force, first_day, arena, ret_reading);
        if (err != ERR_OK)
            return err;
        if (backlog_assess(q, ret_reading, &in_force->feeds, first_is_all, ret_backlog))
            return ERR_OK;
        days *= 2;
    }
}
