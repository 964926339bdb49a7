#include "ledger_load.h"

#include <stdlib.h>
#include <string.h>

#include "books/neighbours.h"
#include "books/row.h"
#include "db/facts.h"
#include "db/query.h"
#include "mark_ranges.h"
#include "rules/rules.h"
#include "sql.h"

/* --- tallies --- */

/* An empty ledger of what the policy counts. ret_counted: where that stands in tallies.counts. */
static enum err begin_ledger(struct rules *rules, struct db *db, const struct policy *policy,
                             int32_t first_day, size_t day_count, struct arena *arena,
                             struct ledger *ret_ledger, const struct policy_slots **ret_counted)
{
    enum err err = rules_policy_slots(rules, db, policy, ret_counted);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_INTERNAL : err;
    const struct policy_slots *counted = *ret_counted;
    *ret_ledger = (struct ledger){
        .measure_count = counted->count, .first_day = first_day, .day_count = day_count};
    memcpy(ret_ledger->measures, counted->measures, counted->count * sizeof counted->measures[0]);
    ret_ledger->tallies =
        arena_alloc(arena, day_count * counted->count * sizeof *ret_ledger->tallies);
    return ret_ledger->tallies == NULL ? ERR_NOMEM : ERR_OK;
}

static struct db_args *tallies_args(const char *store, int32_t first_day, int32_t last_day)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_date(args, first_day);
    db_arg_date(args, last_day);
    return args;
}

static enum err take_tallies(struct ledger *ledger, const struct policy_slots *counted,
                             const struct db_result *result, struct arena *arena)
{
    int32_t greatest = 0;
    for (size_t m = 0; m < counted->count; m++)
        greatest = counted->slots[m] > greatest ? counted->slots[m] : greatest;
    size_t room = 2 * ((size_t)greatest + 1);
    int64_t *counts = arena_alloc(arena, room * sizeof *counts);
    if (counts == NULL)
        return ERR_NOMEM;
    for (int row = 0; row < db_rows(result); row++) {
        size_t len = db_ints(result, row, 1, counts, room);
        struct tally *tallies =
            &ledger->tallies[(size_t)(db_date(result, row, 0) - ledger->first_day) *
                             ledger->measure_count];
        for (size_t m = 0; m < ledger->measure_count; m++) {
            size_t at = 2 * (size_t)counted->slots[m];
            if (at + 1 < len && at + 1 < room)
                tallies[m] = (struct tally){counts[at], counts[at + 1]};
        }
    }
    return ERR_OK;
}

enum err ledger_load_tallies(struct rules *rules, struct db *db, const char *store,
                             const struct policy *policy, int32_t first_day, int32_t last_day,
                             size_t day_count, struct arena *arena, struct ledger *ret_ledger)
{
    const struct policy_slots *counted;
    struct db_result *result = NULL;
    enum err err =
        begin_ledger(rules, db, policy, first_day, day_count, arena, ret_ledger, &counted);
    if (err == ERR_OK)
        err = db_query(db, &sql_ledger_tallies, tallies_args(store, first_day, last_day), &result);
    if (err == ERR_OK)
        err = take_tallies(ret_ledger, counted, result, arena);
    db_result_free(result);
    return err;
}

/* --- what waits, and what a limit cuts --- */

/* What the fast path sends in one round trip. */
enum ledger_query {
    LEDGER_TALLIES,
    LEDGER_WAITING,
    LEDGER_OPEN,
    LEDGER_EARLY,
    LEDGER_NEXT_MARK,
    LEDGER_TICKETS,
    LEDGER_QUERIES
};

static struct db_args *waiting_args(const struct asked *asked, const struct question *q,
                                    const struct ledger *ledger)
{
    bool used[SERIES_COUNT] = {false};
    for (size_t m = 0; m < ledger->measure_count; m++)
        if (ledger->measures[m].kind == MEASURE_WITHIN && ledger->measures[m].of == ENTITY_ORDER)
            used[measure_series(&ledger->measures[m])] = true;
    int64_t from_hour = instant_hour(calendar_start(q->calendar, ledger_waiting_from(q)));
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    for (int by_mark = 0; by_mark <= 1; by_mark++) {
        db_arg_array(args, DB_INT32S);
        for (enum series series = 0; series < SERIES_COUNT; series++) {
            if (!used[series] || series_by_mark(series) != (by_mark == 1))
                continue;
            db_add_int32(args, (int32_t)series);
            db_add_int32(args, (int32_t)series + SERIES_COUNT);
        }
        db_arg_int32(args, by_mark == 1 ? (int32_t)instant_hour(q->t) : (int32_t)from_hour);
    }
    return args;
}

static struct db_args *open_args(const struct asked *asked, const struct question *q)
{
    struct cut cuts[LEDGER_CUTS_MAX];
    size_t count = ledger_cuts(q, cuts);
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)cuts[i].series);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, (struct instant){cuts[i].hour * US_PER_HOUR});
    return args;
}

static struct db_args *early_args(const struct asked *asked, const struct question *q,
                                  const struct ledger *ledger)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_instant(args, q->t);
    db_arg_instant(args, calendar_end(q->calendar, calendar_day(q->calendar, q->t)));
    bool defects = false;
    for (size_t m = 0; m < ledger->measure_count; m++)
        defects = defects || ledger->measures[m].test == TEST_DEFECT;
    db_arg_bool(args, defects);
    return args;
}

static struct db_args *next_mark_args(const struct asked *asked, const struct mark_ranges *ranges)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < ranges->count; i++)
        db_add_int32(args, (int32_t)ranges->items[i].series);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < ranges->count; i++)
        db_add_instant(args, ranges->items[i].from);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < ranges->count; i++)
        db_add_instant(args, ranges->items[i].to);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < ranges->count; i++)
        db_add_instant(args, asked->t);
    return args;
}

/* One line for each kind of each range. */
struct ticket_line {
    const struct ticket_range *range;
    int32_t kind;
};

static size_t ticket_lines(const struct ticket_range *ranges, size_t count,
                           struct ticket_line *lines)
{
    size_t line_count = 0;
    for (size_t i = 0; i < count; i++)
        for (int32_t kind = 1; kind < TICKET_KINDS; kind++)
            if ((ranges[i].kinds & 1u << kind) != 0)
                lines[line_count++] = (struct ticket_line){&ranges[i], kind};
    return line_count;
}

static struct db_args *ticket_args(const struct asked *asked, const struct ticket_line *lines,
                                   size_t count)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, asked->store);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, lines[i].kind);
    db_arg_array(args, DB_BOOLS);
    for (size_t i = 0; i < count; i++)
        db_add_bool(args, lines[i].range->milestone == MILESTONE_REPLIED);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < count; i++)
        db_add_instant(args, lines[i].range->from);
    db_arg_instant(args, asked->t);
    return args;
}

static enum err ask_ledger(struct db *db, const struct asked *asked, const struct question *q,
                           const struct ledger *ledger, const struct mark_ranges *ranges,
                           const struct ticket_line *lines, size_t line_count,
                           struct db_result **results)
{
    int32_t today = calendar_day(q->calendar, q->t);
    const struct {
        const struct db_sql *sql;
        struct db_args *args;
    } queries[LEDGER_QUERIES] = {
        [LEDGER_TALLIES] = {&sql_ledger_tallies,
                            tallies_args(asked->store, ledger->first_day, today)},
        [LEDGER_WAITING] = {&sql_ledger_waiting, waiting_args(asked, q, ledger)},
        [LEDGER_OPEN] = {&sql_ledger_open, open_args(asked, q)},
        [LEDGER_EARLY] = {&sql_ledger_early, early_args(asked, q, ledger)},
        [LEDGER_NEXT_MARK] = {&sql_ledger_next_mark, next_mark_args(asked, ranges)},
        [LEDGER_TICKETS] = {&sql_ledger_tickets, ticket_args(asked, lines, line_count)},
    };
    enum err err = ERR_OK;
    for (size_t i = 0; i < LEDGER_QUERIES; i++) {
        if (err == ERR_OK)
            err = db_pipeline_add(db, queries[i].sql, queries[i].args);
        else
            db_args_free(queries[i].args);
    }
    return err == ERR_OK ? db_pipeline_run(db, results) : err;
}

static void take_waiting(struct ledger *ledger, const struct db_result *result)
{
    for (int row = 0; row < db_rows(result); row++)
        ledger->waiting[ledger->waiting_count++] = (struct waiting_row){
            .series = (enum series)(db_int(result, row, 0) % SERIES_COUNT),
            .suspended = db_int(result, row, 0) >= SERIES_COUNT,
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
        if (calendar_is_excused(q->calendar, EXCUSED_ORDERS, t0))
            continue;
        ledger->open[ledger->open_count++] = (struct open_order){
            .series = (enum series)db_int(result, row, 0),
            .day = calendar_day(q->calendar, t0),
            .t0 = t0,
            .mark = db_instant(result, row, 2),
        };
    }
}

/* What stands about the early orders in their tickets and reviews. */
static enum err gather_early(const struct db_result *result, struct arena *arena,
                             struct neighbours *neighbours)
{
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        enum entity entity = (enum entity)db_int(result, row, 0);
        struct facts facts;
        if (entity == ENTITY_ORDER)
            continue;
        arena_clear(arena);
        err = facts_decode(db_text(result, row, 2), db_len(result, row, 2), arena, &facts);
        if (err != ERR_OK)
            break;
        struct view view = view_of(entity, &facts, INSTANT_NEVER);
        neighbours_add(neighbours, db_text(result, row, 1), &view);
    }
    return err == ERR_OK ? neighbours_seal(neighbours) : err;
}

/* Orders of today that have not begun: out of the tallies, and the first of them is a change to
 * come. */
static enum err exclude_early(struct ledger *ledger, const struct question *q,
                              const struct db_result *result, struct arena *arena,
                              const struct neighbours *neighbours, struct instant *next_change)
{
    for (int row = 0; row < db_rows(result); row++) {
        struct facts facts;
        if (db_int(result, row, 0) != ENTITY_ORDER)
            continue;
        arena_clear(arena);
        enum err err = facts_decode(db_text(result, row, 2), db_len(result, row, 2), arena, &facts);
        if (err != ERR_OK)
            return err;
        struct view view = view_of(ENTITY_ORDER, &facts, INSTANT_NEVER);
        neighbours_tell(neighbours, db_text(result, row, 1), &view);
        ledger_exclude(ledger, q, &view.order);
        if (order_at(&facts, q->t).early)
            *next_change = instant_min(*next_change, view.order.t0);
    }
    return ERR_OK;
}

static enum err take_early(struct ledger *ledger, const struct question *q,
                           const struct db_result *result, struct instant *next_change)
{
    struct arena arena;
    struct neighbours neighbours;
    arena_init(&arena);
    neighbours_init(&neighbours);
    enum err err = gather_early(result, &arena, &neighbours);
    if (err == ERR_OK)
        err = exclude_early(ledger, q, result, &arena, &neighbours, next_change);
    neighbours_done(&neighbours);
    arena_done(&arena);
    return err;
}

static void take_next_mark(const struct mark_ranges *ranges, const struct db_result *result,
                           struct instant *next_change)
{
    for (int row = 0; row < db_rows(result); row++) {
        const struct mark_range *range = &ranges->items[db_int(result, row, 0) - 1];
        struct instant mark = instant_add_hours(db_instant(result, row, 1), range->hours);
        *next_change = instant_min(*next_change, (struct instant){mark.us + 1});
    }
}

static void take_tickets(struct ledger *ledger, const struct ticket_line *lines,
                         const struct db_result *result)
{
    for (int row = 0; row < db_rows(result); row++)
        ledger->tickets[ledger->ticket_count++] = (struct open_ticket){
            .measure = lines[db_int(result, row, 0) - 1].range->measure,
            .kind = (enum ticket_kind)db_int(result, row, 1),
            .opened = db_instant(result, row, 2),
            .left_message = db_bool(result, row, 3),
            .recontact = db_bool(result, row, 4),
        };
}

/* Fills a ledger (memory from the arena) and the next change that orders bring about. */
static enum err load_ledger(struct rules *rules, struct db *db, const struct asked *asked,
                            const struct question *q, int32_t first_day,
                            const struct mark_ranges *ranges, bool tickets, struct arena *arena,
                            struct ledger *ret_ledger, struct instant *ret_next_change)
{
    struct ledger *ledger = ret_ledger;
    size_t day_count = (size_t)(calendar_day(q->calendar, q->t) - first_day + 1);
    const struct policy_slots *counted;
    enum err err =
        begin_ledger(rules, db, q->policy, first_day, day_count, arena, ledger, &counted);
    if (err != ERR_OK)
        return err;
    struct ticket_range ticket_ranges[POLICY_METRICS_MAX];
    struct ticket_line lines[POLICY_METRICS_MAX * TICKET_KINDS];
    size_t line_count =
        tickets ? ticket_lines(ticket_ranges, ledger_ticket_ranges(q, ticket_ranges), lines) : 0;
    struct db_result *results[LEDGER_QUERIES] = {NULL};
    err = ask_ledger(db, asked, q, ledger, ranges, lines, line_count, results);
    if (err != ERR_OK)
        return err;
    size_t waiting = (size_t)db_rows(results[LEDGER_WAITING]);
    size_t open = (size_t)db_rows(results[LEDGER_OPEN]);
    size_t open_tickets = (size_t)db_rows(results[LEDGER_TICKETS]);
    ledger->waiting = arena_alloc(arena, (waiting + 1) * sizeof *ledger->waiting);
    ledger->open = arena_alloc(arena, (open + 1) * sizeof *ledger->open);
    ledger->tickets = arena_alloc(arena, (open_tickets + 1) * sizeof *ledger->tickets);
    if (ledger->waiting == NULL || ledger->open == NULL || ledger->tickets == NULL)
        err = ERR_NOMEM;
    if (err == ERR_OK)
        err = take_tallies(ledger, counted, results[LEDGER_TALLIES], arena);
    if (err == ERR_OK) {
        *ret_next_change = INSTANT_NEVER;
        take_waiting(ledger, results[LEDGER_WAITING]);
        take_open(ledger, q, results[LEDGER_OPEN]);
        take_tickets(ledger, lines, results[LEDGER_TICKETS]);
        take_next_mark(ranges, results[LEDGER_NEXT_MARK], ret_next_change);
        err = take_early(ledger, q, results[LEDGER_EARLY], ret_next_change);
    }
    for (size_t i = 0; i < LEDGER_QUERIES; i++)
        db_result_free(results[i]);
    return err;
}

enum err ledger_load_score(struct rules *rules, struct db *db, const struct asked *asked,
                           const struct question *q, struct arena *arena, struct ledger *ret_ledger,
                           struct instant *ret_next_change)
{
    struct mark_ranges ranges;
    enum err err = mark_ranges_of_score(q, arena, &ranges);
    if (err == ERR_OK)
        err = load_ledger(rules, db, asked, q, ledger_score_from(q), &ranges, true, arena,
                          ret_ledger, ret_next_change);
    return err;
}

enum err ledger_load_backlog(struct rules *rules, struct db *db, const struct asked *asked,
                             const struct question *q, int32_t first_day, struct arena *arena,
                             struct ledger *ret_ledger, struct instant *ret_next_change)
{
    struct mark_ranges ranges;
    enum err err = mark_ranges_of_backlog(q, arena, &ranges);
    if (err == ERR_OK)
        err = load_ledger(rules, db, asked, q, first_day, &ranges, false, arena, ret_ledger,
                          ret_next_change);
    return err;
}
