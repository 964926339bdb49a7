#include "books/changes.h"

#include <string.h>

#include "books/census.h"
#include "books/excused.h"
#include "books/known.h"
#include "db/query.h"
#include "domain/ledger.h"
#include "domain/replay.h"
#include "sql.h"

struct reader {
    struct rules *rules;
    struct db *db;
    const char *store;
    struct known known;
    struct arena *arena;
    bool decided; /* some report was, between the two instants */
    /* The days of `from` with what was excused as it was known at `from` and at `to`, and those of
     * `to`. */
    const struct calendar *from_then, *from_now, *to_now;
};

/* What a reading is made under. */
struct terms {
    struct question q;
    int32_t first_today; /* where windows begin */
    size_t services;
    struct instant facts, retractions, exemptions; /* known by then */
};

/* --- one reading --- */

struct taking {
    const struct terms *terms;
    struct score_reading *reading;
};

static enum err take_item(void *arg, const struct census_item *item)
{
    struct taking *taking = arg;
    replay_score_add_since(&taking->terms->q, taking->terms->first_today, &item->view,
                           taking->reading);
    return ERR_OK;
}

/* Peers, feeds and restrictions are of no effect on points. */
static void compute(const struct terms *terms, struct change_reading *reading)
{
    static const struct peers peers;
    static const struct feeds feeds;
    const struct surroundings around = {
        .feeds = &feeds, .peers = &peers, .services = terms->services};
    score_compute(&terms->q, &reading->reading, &around, &reading->score);
}

static enum err read(struct reader *reader, const struct terms *terms,
                     const struct change_reading **ret_reading)
{
    const struct question *q = &terms->q;
    struct change_reading *reading = arena_alloc(reader->arena, sizeof *reading);
    if (reading == NULL)
        return ERR_NOMEM;
    reading->policy = q->policy;
    replay_score_begin(&reading->reading);
    struct known_at at = {&reader->known, terms->facts, terms->retractions, terms->exemptions};
    struct census census = {
        .store = reader->store,
        .t = q->t,
        .from = calendar_start(q->calendar, ledger_score_from(q)),
        .day_end = calendar_end(q->calendar, calendar_day(q->calendar, q->t)),
        .orders = true,
        .filter = known_filter,
        .filter_arg = &at,
        .also_orders = reader->known.orders,
        .also_order_count = reader->known.order_count,
    };
    struct measure measures[POLICY_MEASURES_MAX];
    census_for(measures, policy_measures(q->policy, measures), &census);
    struct taking taking = {terms, &reading->reading};
    enum err err = census_take(reader->db, &census, take_item, &taking);
    if (err != ERR_OK)
        return err;
    compute(terms, reading);
    *ret_reading = reading;
    return ERR_OK;
}

/* --- all of them --- */

static int32_t today_of(const struct question *q)
{
    return calendar_day(q->calendar, q->t);
}

static bool same_policy(const struct policy *a, const struct policy *b)
{
    return a->version == b->version && strcmp(a->id, b->id) == 0;
}

static bool same_days(const struct calendar *a, const struct calendar *b)
{
    return a->starts == b->starts && a->suspended == b->suspended;
}

/* Moves the terms on by a cause; false: it does nothing. */
static bool apply(enum cause cause, const struct reader *reader, const struct in_force *to,
                  struct terms *terms)
{
    const struct known *known = &reader->known;
    struct terms before = *terms;
    switch (cause) {
    case CAUSE_LATE:
        terms->facts = known->to;
        return known_has_late(known);
    case CAUSE_RETRACTION:
        terms->retractions = known->to;
        return known_has_retracted(known);
    case CAUSE_LEFT:
        terms->first_today = calendar_day(terms->q.calendar, known->to);
        return terms->first_today != before.first_today;
    case CAUSE_ENTERED:
        terms->q.t = known->to;
        return true;
    case CAUSE_POLICY:
        /* One and the same version is one and the same pointer to who compares readings. */
        if (!same_policy(terms->q.policy, to->q.policy))
            terms->q.policy = to->q.policy;
        terms->q.calendar = reader->to_now;
        terms->first_today = today_of(&terms->q);
        terms->services = to->services;
        return terms->q.policy != before.q.policy ||
               !same_days(terms->q.calendar, before.q.calendar) ||
               terms->services != before.services;
    case CAUSE_EXEMPTION:
        terms->exemptions = known->to;
        terms->q.calendar = reader->from_now;
        return reader->decided;
    case CAUSE_ROUNDING:
        break;
    }
    return false;
}

/* The days of `base` with what was excused as it was known at `t`. */
static enum err know_excused(struct reader *reader, const struct calendar *base, struct instant t,
                             const struct calendar **ret_calendar)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, reader->store);
    db_arg_instant(args, reader->known.from);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(reader->db, &sql_reports_known, args, &result);
    if (err == ERR_OK)
        err = excused_take(reader->rules, result, 0, 0, base, ret_calendar);
    if (err == ERR_OK)
        reader->decided = db_bool(result, 0, 1);
    db_result_free(result);
    return err;
}

static enum err read_all(struct reader *reader, const struct in_force *from,
                         const struct in_force *to,
                         const struct change_reading *ret_readings[CHANGE_READINGS])
{
    struct terms terms = {
        .q = from->q,
        .first_today = today_of(&from->q),
        .services = from->services,
        .facts = from->q.t,
        .retractions = from->q.t,
        .exemptions = from->q.t,
    };
    enum err err = known_load(reader->db, reader->store, from->q.t, to->q.t, &reader->known);
    if (err == ERR_OK)
        err = know_excused(reader, from->q.calendar, from->q.t, &reader->from_then);
    if (err == ERR_OK)
        err = know_excused(reader, from->q.calendar, to->q.t, &reader->from_now);
    if (err == ERR_OK)
        err = know_excused(reader, to->q.calendar, to->q.t, &reader->to_now);
    terms.q.calendar = reader->from_then;
    if (err == ERR_OK)
        err = read(reader, &terms, &ret_readings[0]);
    for (enum cause cause = 0; err == ERR_OK && cause < CAUSE_ROUNDING; cause++) {
        if (apply(cause, reader, to, &terms))
            err = read(reader, &terms, &ret_readings[cause + 1]);
        else
            ret_readings[cause + 1] = ret_readings[cause];
    }
    return err;
}

enum err changes_read(struct rules *rules, struct db *db, const char *store,
                      const struct in_force *from, const struct in_force *to, struct arena *arena,
                      const struct change_reading *ret_readings[CHANGE_READINGS])
{
    struct reader reader = {.rules = rules, .db = db, .store = store, .arena = arena};
    known_init(&reader.known);
    enum err err = read_all(&reader, from, to, ret_readings);
    known_done(&reader.known);
    return err;
}
