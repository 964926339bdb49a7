/* Which marks of a store are to be judged. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "books/excused.h"
#include "db/query.h"
#include "judging.h"
#include "rules/rules.h"
#include "sql.h"

/* --- the turn --- */

static struct db_args *store_arg(const struct judging *judging)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    return args;
}

/* One snapshot for all that follows: what is marked as changed after it stays marked. The clock is
 * read behind it, so that nothing in it lies ahead. Where another process's clock was ahead of this
 * one's, what had begun by it has begun: else a restriction would be told as ended, and again. */
static enum err take_turn(struct judging *judging, bool wait, bool *ret_mine,
                          struct db_result **ret_changed)
{
    struct db_result *turn = NULL;
    struct db_args *args = store_arg(judging);
    if (!wait)
        db_arg_instant(args, clock_now());
    enum err err =
        db_query(judging->db, wait ? &sql_verdict_turn_wait : &sql_verdict_turn, args, &turn);
    if (err != ERR_OK)
        return err;
    *ret_mine = db_rows(turn) == 1;
    if (*ret_mine) {
        judging->judged_from = db_instant(turn, 0, 0);
        judging->judged_through = db_instant(turn, 0, 1);
        judging->now = instant_max(clock_now(), judging->judged_through);
        judging->look_at = db_instant(turn, 0, 2);
        judging->level = (enum backlog_level)db_int(turn, 0, 3);
        judging->advisory = db_bool(turn, 0, 4);
        err = db_query(judging->db, &sql_verdicts_changed_take, store_arg(judging), ret_changed);
    }
    db_result_free(turn);
    return err;
}

/* --- eras --- */

static enum err take_eras(struct judging *judging, const struct db_result *versions)
{
    int count = db_rows(versions);
    judging->eras = arena_alloc(&judging->arena, ((size_t)count + 1) * sizeof *judging->eras);
    if (judging->eras == NULL)
        return ERR_NOMEM;
    for (int row = 0; row < count; row++) {
        struct era era = {.from = db_instant(versions, row, 3)};
        enum err err = rules_calendar(judging->rules, judging->db, db_text(versions, row, 0), 0,
                                      &era.calendar);
        if (err == ERR_OK)
            err = excused_take(judging->rules, versions, row, 4, era.calendar, &era.calendar);
        if (err == ERR_OK)
            err = rules_policy(judging->rules, judging->db, db_text(versions, row, 1),
                               (int32_t)db_int(versions, row, 2), &era.policy);
        if (err != ERR_OK)
            return err == ERR_NOT_FOUND ? ERR_INTERNAL : err; /* they were checked when set */
        const struct era *last =
            judging->era_count == 0 ? NULL : &judging->eras[judging->era_count - 1];
        if (last == NULL || last->calendar != era.calendar || last->policy != era.policy)
            judging->eras[judging->era_count++] = era;
    }
    if (judging->era_count == 0)
        return ERR_NOT_FOUND;
    judging->newest = judging->eras[judging->era_count - 1].policy;
    return ERR_OK;
}

static enum err load_eras(struct judging *judging)
{
    struct db_result *versions = NULL;
    enum err err = db_query(judging->db, &sql_store_eras, store_arg(judging), &versions);
    if (err == ERR_OK)
        err = take_eras(judging, versions);
    db_result_free(versions);
    return err;
}

/* --- marks --- */

struct adding {
    struct judging *judging;
    bool is_due;
    enum verdict_cause cause;
    int32_t back; /* only marks whose trend looks so many days back */
};

static void add_mark(void *arg, const struct due *due)
{
    const struct adding *adding = arg;
    struct judging *judging = adding->judging;
    const struct mark *mark = &judging->eras[due->era].policy->backlog.marks[due->mark];
    if (judging->now.us < due->at.us || mark->trend.days < adding->back)
        return;
    if (judging->count == judging->room) {
        size_t room = 2 * judging->room + 32;
        struct judged *more = arena_alloc(&judging->arena, room * sizeof *more);
        if (more == NULL) {
            judging->no_memory = true;
            return;
        }
        if (judging->count > 0)
            memcpy(more, judging->marks, judging->count * sizeof *more);
        judging->marks = more;
        judging->room = room;
    }
    judging->marks[judging->count++] = (struct judged){
        .due = *due,
        .hours = mark->hours,
        .is_due = adding->is_due,
        .asked = adding->cause == VERDICT_BY_RECOMPUTE,
        .cause = adding->cause,
        .change = adding->cause == VERDICT_BY_CHECKPOINT ? VERDICT_BY_LATE_EVENT : adding->cause,
    };
}

static void add_day(struct judging *judging, int32_t day, enum verdict_cause cause, int32_t back)
{
    struct adding adding = {judging, false, cause, back};
    eras_walk_day(judging->eras, judging->era_count, day, add_mark, &adding);
}

/* A changed day is what later days are compared with, too. */
static void add_changed(struct judging *judging, int32_t day, enum verdict_cause cause)
{
    int32_t reach = 0;
    bool zones = false;
    for (size_t i = 0; i < judging->era_count; i++) {
        int32_t days = policy_trend_days(&judging->eras[i].policy->backlog);
        reach = days > reach ? days : reach;
        zones = zones || judging->eras[i].calendar != judging->eras[0].calendar;
    }
    /* In another zone the same instants may be of the day before or after. */
    for (int32_t shift = zones ? -1 : 0; shift <= (zones ? 1 : 0); shift++)
        for (int32_t back = 0; back <= reach; back++)
            add_day(judging, day + shift + back, cause, back);
}

static int compare_marks(const void *a, const void *b)
{
    const struct judged *x = a, *y = b;
    if (x->due.at.us != y->due.at.us)
        return x->due.at.us < y->due.at.us ? -1 : 1;
    if (x->due.day != y->due.day)
        return x->due.day < y->due.day ? -1 : 1;
    if (x->hours != y->hours)
        return x->hours < y->hours ? -1 : 1;
    return x->cause < y->cause ? -1 : x->cause > y->cause;
}

/* One of each: due ones first, for they have the least cause; but what changed them stays. */
static void merge_marks(struct judging *judging)
{
    size_t kept = 0;
    if (judging->count > 0)
        qsort(judging->marks, judging->count, sizeof *judging->marks, compare_marks);
    for (size_t i = 0; i < judging->count; i++) {
        struct judged *mark = &judging->marks[i];
        struct judged *last = kept == 0 ? NULL : &judging->marks[kept - 1];
        if (last == NULL || last->due.day != mark->due.day || last->hours != mark->hours) {
            judging->marks[kept++] = *mark;
            continue;
        }
        if (mark->asked && !last->is_due) /* whatever else there was to look at it for */
            last->cause = mark->cause;
        last->asked = last->asked || mark->asked;
        if (last->cause == VERDICT_BY_CHECKPOINT && !mark->asked)
            last->change = mark->cause;
    }
    judging->count = kept;
}

static void find_marks(struct judging *judging, const struct db_result *changed,
                       const struct day_range *also)
{
    struct adding due = {judging, true, VERDICT_BY_CHECKPOINT, 0};
    eras_walk(judging->eras, judging->era_count, judging->judged_through, judging->now, add_mark,
              &due);
    judging->change_count = (size_t)db_rows(changed);
    for (int row = 0; row < db_rows(changed); row++)
        add_changed(judging, db_date(changed, row, 0), (enum verdict_cause)db_int(changed, row, 1));
    for (int32_t day = also == NULL ? 1 : also->from; day <= (also == NULL ? 0 : also->to); day++)
        add_day(judging, day, VERDICT_BY_RECOMPUTE, 0);
    merge_marks(judging);
}

enum err judge_find(struct judging *judging, const struct day_range *also, bool *ret_mine)
{
    struct db_result *changed = NULL;
    enum err err = take_turn(judging, also != NULL, ret_mine, &changed);
    if (err == ERR_OK && *ret_mine) {
        err = load_eras(judging);
        if (err == ERR_OK)
            find_marks(judging, changed, also);
        if (judging->no_memory)
            err = ERR_NOMEM;
    }
    db_result_free(changed);
    return err;
}
