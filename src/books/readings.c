#include "books/readings.h"

#include <string.h>

#include "books/census.h"
#include "domain/ledger.h"
#include "domain/replay.h"
#include "ledger_load.h"

/* --- the slow path --- */

struct replay {
    const struct question *q;
    struct score_reading *score;     /* either */
    struct backlog_reading *backlog; /* or */
};

static enum err replay_item(void *arg, const struct census_item *item)
{
    struct replay *replay = arg;
    if (replay->score != NULL)
        replay_score_add(replay->q, &item->view, replay->score);
    else if (item->view.entity == ENTITY_ORDER)
        replay_backlog_add(replay->q, &item->view.order, replay->backlog);
    return ERR_OK;
}

static enum err replay_store(struct db *db, const struct asked *asked, int32_t first_day,
                             struct replay *replay)
{
    const struct question *q = replay->q;
    struct census census = {
        .store = asked->store,
        .t = q->t,
        .from = calendar_start(q->calendar, first_day),
        .day_end = calendar_end(q->calendar, calendar_day(q->calendar, q->t)),
        .orders = true,
    };
    if (replay->score != NULL) {
        struct measure measures[POLICY_MEASURES_MAX];
        census_for(measures, policy_measures(q->policy, measures), &census);
    }
    return census_take(db, &census, replay_item, replay);
}

/* --- readings --- */

static enum err read_score_fast(struct rules *rules, struct db *db, const struct asked *asked,
                                const struct question *q, struct arena *arena,
                                struct score_reading *ret_reading)
{
    struct ledger *ledger = arena_alloc(arena, sizeof *ledger);
    struct instant next_change;
    enum err err = ledger == NULL
                       ? ERR_NOMEM
                       : ledger_load_score(rules, db, asked, q, arena, ledger, &next_change);
    if (err == ERR_OK) {
        ledger_read_score(ledger, q, ret_reading);
        ret_reading->next_change = instant_min(ret_reading->next_change, next_change);
    }
    return err;
}

enum err read_score(struct rules *rules, struct db *db, const struct asked *asked,
                    const struct in_force *in_force, struct score_reading *ret_reading)
{
    const struct question *q = &in_force->q;
    if (!in_force->tallied) {
        struct replay replay = {.q = q, .score = ret_reading};
        replay_score_begin(ret_reading);
        return replay_store(db, asked, ledger_score_from(q), &replay);
    }
    struct arena arena;
    arena_init(&arena);
    enum err err = read_score_fast(rules, db, asked, q, &arena, ret_reading);
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
        return replay_store(db, asked, first_day, &replay);
    }
    struct ledger *ledger = arena_alloc(arena, sizeof *ledger);
    struct instant next_change;
    enum err err = ledger == NULL ? ERR_NOMEM
                                  : ledger_load_backlog(rules, db, asked, q, first_day, arena,
                                                        ledger, &next_change);
    if (err == ERR_OK) {
        ledger_read_backlog(ledger, q, cohorts, ret_reading);
        ret_reading->next_change = instant_min(ret_reading->next_change, next_change);
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
    int32_t lead = policy_trend_days(&q->policy->backlog);
    days = (needed > days ? needed : days) + lead;

    for (;;) {
        int32_t first_day = today - days + 1;
        bool first_is_all = first_day <= q->calendar->first_day;
        if (first_is_all)
            first_day = q->calendar->first_day;
        enum err err = read_cohorts(rules, db, asked, in_force, first_day, arena, ret_reading);
        if (err != ERR_OK)
            return err;
        ret_reading->lead = first_is_all ? 0 : (size_t)lead;
        if (backlog_assess(q, ret_reading, &in_force->feeds, first_is_all, ret_backlog))
            return ERR_OK;
        days *= 2;
    }
}

enum err copy_backlog_reading(const struct backlog_reading *reading, struct arena *arena,
                              struct backlog_reading *ret_copy)
{
    size_t size = reading->cohort_count * sizeof *reading->cohorts;
    struct cohort *cohorts = arena_alloc(arena, size);
    if (cohorts == NULL)
        return ERR_NOMEM;
    memcpy(cohorts, reading->cohorts, size);
    *ret_copy = *reading;
    ret_copy->cohorts = cohorts;
    return ERR_OK;
}
