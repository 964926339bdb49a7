/* What a store's marks are by their orders: from tallies where the store is counted by the same
 * rules, else from the orders one by one. */
#include "books/excused.h"
#include "books/readings.h"
#include "db/facts.h"
#include "db/query.h"
#include "domain/ledger.h"
#include "domain/replay.h"
#include "judging.h"
#include "ledger_load.h"
#include "rules/rules.h"
#include "sql.h"

/* A first row that is made so much later than its checkpoint is made as of it. */
#define LATE_US (60 * US_PER_SECOND)

/* A reading of some days by one era's rules. */
struct panel {
    struct question q;
    struct instant seen_at; /* orders are as they were then; INSTANT_NEVER: by all that is known */
    int32_t first_day, last_day;
    struct backlog_reading reading;
};

/* --- which days --- */

static bool is_first(const struct judging *judging, const struct judged *mark)
{
    return mark->seq == 0 && mark->due.at.us + LATE_US < judging->now.us;
}

static void panel_cover(struct panel *panel, int32_t day)
{
    int32_t first = day - policy_trend_days(&panel->q.policy->backlog);
    int32_t earliest = panel->q.calendar->first_day;
    first = first < earliest ? earliest : first;
    bool empty = panel->last_day < panel->first_day;
    panel->first_day = empty || first < panel->first_day ? first : panel->first_day;
    panel->last_day = empty || day > panel->last_day ? day : panel->last_day;
}

static struct panel panel_new(const struct era *era, struct instant t, struct instant seen_at)
{
    return (struct panel){
        .q = {era->policy, era->calendar, t, BASIS_LIVE},
        .seen_at = seen_at,
        .first_day = 1,
        .last_day = 0,
    };
}

static enum err panel_cohorts(struct judging *judging, const struct panel *panel,
                              struct cohort **ret_cohorts, size_t *ret_count)
{
    int32_t today = calendar_day(panel->q.calendar, panel->q.t);
    *ret_count = (size_t)(today - panel->first_day + 1);
    *ret_cohorts = arena_alloc(&judging->arena, *ret_count * sizeof **ret_cohorts);
    return *ret_cohorts == NULL ? ERR_NOMEM : ERR_OK;
}

/* --- from tallies --- */

static bool is_among(const struct measure *measures, size_t count, struct measure measure)
{
    for (size_t i = 0; i < count; i++)
        if (measure_equal(&measures[i], &measure))
            return true;
    return false;
}

/* Whether what the store is counted by now holds every count of the era's marks. */
static bool is_tallied(const struct judging *judging, const struct era *era)
{
    struct measure counted[POLICY_MEASURES_MAX];
    size_t count = policy_measures(judging->newest, counted);
    const struct backlog_policy *backlog = &era->policy->backlog;
    bool tallied = era->calendar == judging->eras[judging->era_count - 1].calendar;
    for (size_t m = 0; tallied && m < backlog->mark_count; m++)
        tallied = is_among(counted, count, mark_measure(&backlog->marks[m])) &&
                  is_among(counted, count, mark_left_open(&backlog->marks[m]));
    return tallied;
}

/* Marks of the days are over, so that nothing waits and tallies say all of them. */
static enum err read_tallies(struct judging *judging, struct panel *panel)
{
    struct cohort *cohorts;
    size_t count;
    struct ledger *ledger = arena_alloc(&judging->arena, sizeof *ledger);
    enum err err = ledger == NULL ? ERR_NOMEM : panel_cohorts(judging, panel, &cohorts, &count);
    if (err == ERR_OK)
        err =
            ledger_load_tallies(judging->rules, judging->db, judging->store, judging->newest,
                                panel->first_day, panel->last_day, count, &judging->arena, ledger);
    if (err == ERR_OK)
        ledger_read_backlog(ledger, &panel->q, cohorts, &panel->reading);
    return err;
}

/* --- from orders --- */

struct walk {
    struct panel *panels;
    size_t count;
    struct arena arena; /* of one order at a time */
};

static enum err take_order(void *arg, const struct db_result *result)
{
    struct walk *walk = arg;
    struct facts facts;
    arena_clear(&walk->arena);
    enum err err = facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), &walk->arena, &facts);
    for (size_t i = 0; err == ERR_OK && i < walk->count; i++) {
        struct panel *panel = &walk->panels[i];
        struct order_view view = order_at(&facts, panel->seen_at);
        if (view.t0.us <= panel->q.t.us)
            replay_backlog_add(&panel->q, &view, &panel->reading);
    }
    return err;
}

static enum err read_orders(struct judging *judging, struct panel *panels, size_t count)
{
    struct instant from = INSTANT_NEVER, to = {INT64_MIN};
    for (size_t i = 0; i < count; i++) {
        struct panel *panel = &panels[i];
        struct cohort *cohorts;
        size_t days;
        enum err err = panel_cohorts(judging, panel, &cohorts, &days);
        if (err != ERR_OK)
            return err;
        replay_backlog_begin(&panel->q, cohorts, days, &panel->reading);
        from = instant_min(from, calendar_start(panel->q.calendar, panel->first_day));
        to = instant_max(to, calendar_end(panel->q.calendar, panel->last_day));
    }
    if (count == 0)
        return ERR_OK;
    struct walk walk = {.panels = panels, .count = count};
    arena_init(&walk.arena);
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_instant(args, from);
    db_arg_instant(args, to);
    enum err err = db_stream(judging->db, &sql_verdict_orders, args, take_order, &walk);
    arena_done(&walk.arena);
    return err;
}

/* --- the whole --- */

static struct verdict read_verdict(const struct panel *panel, const struct judged *mark, bool stale)
{
    const struct cohort *cohort =
        &panel->reading.cohorts[mark->due.day - panel->reading.cohorts[0].day];
    return verdict_of(&panel->q, mark->due.mark, &panel->reading, cohort, stale);
}

/* Sets what is known, by era. */
static enum err count_known(struct judging *judging, const bool *stale)
{
    enum err err = ERR_OK;
    for (size_t e = 0; err == ERR_OK && e < judging->era_count; e++) {
        struct panel panel = panel_new(&judging->eras[e], judging->now, INSTANT_NEVER);
        for (size_t i = 0; i < judging->count; i++)
            if (judging->marks[i].due.era == e)
                panel_cover(&panel, judging->marks[i].due.day);
        if (panel.last_day < panel.first_day)
            continue;
        err = is_tallied(judging, &judging->eras[e]) ? read_tallies(judging, &panel)
                                                     : read_orders(judging, &panel, 1);
        for (size_t i = 0; err == ERR_OK && i < judging->count; i++)
            if (judging->marks[i].due.era == e)
                judging->marks[i].now = read_verdict(&panel, &judging->marks[i], stale[i]);
    }
    return err;
}

/* Sets what first rows were at their checkpoints: a panel for each instant, which ascend. */
static enum err count_then(struct judging *judging, const bool *stale)
{
    struct panel *panels = arena_alloc(&judging->arena, (judging->count + 1) * sizeof *panels);
    size_t *panel_of = arena_alloc(&judging->arena, (judging->count + 1) * sizeof *panel_of);
    if (panels == NULL || panel_of == NULL)
        return ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < judging->count; i++) {
        const struct judged *mark = &judging->marks[i];
        if (!is_first(judging, mark))
            continue;
        if (count == 0 || panels[count - 1].q.t.us != mark->due.at.us)
            panels[count++] = panel_new(&judging->eras[mark->due.era], mark->due.at, mark->due.at);
        panel_cover(&panels[count - 1], mark->due.day);
        panel_of[i] = count - 1;
    }
    enum err err = ERR_OK;
    for (size_t p = 0; err == ERR_OK && p < count; p++)
        err = excused_at(judging->rules, judging->db, judging->store, panels[p].q.t,
                         panels[p].q.calendar, &panels[p].q.calendar);
    if (err == ERR_OK)
        err = read_orders(judging, panels, count);
    for (size_t i = 0; err == ERR_OK && i < judging->count; i++) {
        struct judged *mark = &judging->marks[i];
        if (!is_first(judging, mark))
            continue;
        mark->has_then = true;
        mark->then = read_verdict(&panels[panel_of[i]], mark, stale[i]);
    }
    return err;
}

/* Whether the courier feed was silent at each mark's instant. */
static enum err find_stale(struct judging *judging, bool *stale)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < judging->count; i++) {
        const struct judged *mark = &judging->marks[i];
        if (i > 0 && judging->marks[i - 1].due.at.us == mark->due.at.us) {
            stale[i] = stale[i - 1];
            continue;
        }
        struct feeds feeds;
        err = feeds_at(judging->db, judging->store, mark->due.at, &feeds);
        if (err == ERR_OK)
            stale[i] = feed_is_stale(judging->eras[mark->due.era].policy, &feeds, FEED_COLLECTIONS,
                                     mark->due.at);
    }
    return err;
}

enum err judge_count(struct judging *judging)
{
    if (judging->count == 0)
        return ERR_OK;
    bool *stale = arena_alloc(&judging->arena, judging->count * sizeof *stale);
    if (stale == NULL)
        return ERR_NOMEM;
    enum err err = find_stale(judging, stale);
    if (err == ERR_OK)
        err = count_known(judging, stale);
    return err == ERR_OK ? count_then(judging, stale) : err;
}
