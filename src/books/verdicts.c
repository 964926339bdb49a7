/* One look at a store: find, count, decide, write, tell. */
#include "books/verdicts.h"

#include "base/hash.h"
#include "books/readings.h"
#include "db/query.h"
#include "judging.h"
#include "sql.h"

/* When nothing is known to change: what another process wrote, and did not live to look at. Not
 * all stores at once. */
#define LOOK_MIN_S 240
#define LOOK_SPREAD_S 60
/* Marks of single orders may pass at every moment; the level is not followed that closely. */
#define LOOK_REST_US (10 * US_PER_SECOND)

/* --- what becomes of the marks --- */

static void add_row(struct judged *mark, const struct verdict *verdict, enum verdict_cause cause)
{
    mark->rows[mark->row_count] = (struct verdict_row){
        .verdict = *verdict,
        .seq = mark->seq + (int32_t)mark->row_count + 1,
        .cause = cause,
    };
    mark->row_count++;
}

/* Of a cohort without orders there is nothing to say. */
static void decide_first(struct judged *mark)
{
    bool was = mark->has_then && mark->then.orders > 0;
    bool is = mark->now.orders > 0;
    if (was)
        add_row(mark, &mark->then, mark->cause);
    if (was && is && verdict_equal(&mark->then, &mark->now))
        return;
    if (was) {
        mark->rows[0].ended = true;
        mark->rows[0].ended_cause = mark->change;
    }
    if (is)
        add_row(mark, &mark->now, was || mark->has_then ? mark->change : mark->cause);
}

static void decide_again(struct judged *mark)
{
    bool is = mark->now.orders > 0;
    if (mark->stands && is && verdict_equal(&mark->stored, &mark->now))
        return;
    mark->ends = mark->stands;
    if (is)
        add_row(mark, &mark->now, mark->change);
}

static void decide(struct judging *judging, struct judged_totals *totals)
{
    for (size_t i = 0; i < judging->count; i++) {
        struct judged *mark = &judging->marks[i];
        if (mark->seq == 0)
            decide_first(mark);
        else
            decide_again(mark);
        totals->judged += mark->now.orders > 0 || mark->stands || mark->row_count > 0;
        totals->added += (int64_t)mark->row_count;
        totals->ended += mark->ends || (mark->row_count > 0 && mark->rows[0].ended);
    }
}

/* --- the level --- */

struct present {
    struct in_force in_force;
    struct backlog_reading reading;
    struct backlog backlog;
};

/* What GET …/backlog answers now. */
static enum err read_present(struct judging *judging, struct present *ret_present)
{
    struct asked asked = {.store = judging->store, .t = judging->now, .live = true};
    enum err err = in_force_at(judging->rules, judging->db, &asked, &ret_present->in_force);
    if (err == ERR_OK)
        err = read_backlog(judging->rules, judging->db, &asked, &ret_present->in_force,
                           &judging->arena, &ret_present->reading, &ret_present->backlog);
    return err == ERR_INVALID ? ERR_INTERNAL : err; /* no policy was named */
}

static int64_t spread_us(const char *store)
{
    return (LOOK_MIN_S + (int64_t)(hash_text(store) % LOOK_SPREAD_S)) * US_PER_SECOND;
}

static struct instant next_look(const struct judging *judging, const struct present *present)
{
    const struct question *q = &present->in_force.q;
    struct instant rested = {judging->now.us + LOOK_REST_US};
    struct instant next = {judging->now.us + spread_us(judging->store)};
    next = instant_min(next, backlog_next_checkpoint(q));
    next = instant_min(next, present->backlog.next_restriction_change);
    return instant_min(next, instant_max(present->backlog.next_change, rested));
}

static enum err put_watch(struct judging *judging, const struct present *present)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, judging->store);
    db_arg_instant(args, judging->now);
    db_arg_instant(args, next_look(judging, present));
    db_arg_int32(args, (int32_t)present->backlog.level);
    db_arg_bool(args, present->backlog.advisory);
    db_arg_instant(args, judging->now);
    return db_query(judging->db, &sql_watch_put, args, NULL);
}

/* --- the whole --- */

/* ret_changed: there is something to commit. A look that found nothing, and comes no later than
 * the next one has to, leaves no trace. */
static enum err judge(struct judging *judging, const struct day_range *also,
                      struct judged_totals *totals, bool *ret_changed)
{
    struct present *present = arena_alloc(&judging->arena, sizeof *present);
    if (present == NULL)
        return ERR_NOMEM;
    enum err err = judge_find(judging, also, &totals->mine);
    if (err != ERR_OK || !totals->mine)
        return err;
    bool any_due = judging->count > 0 || judging->change_count > 0;
    err = judge_load(judging);
    if (err == ERR_OK)
        err = judge_count(judging);
    if (err == ERR_OK) {
        decide(judging, totals);
        err = judge_write(judging);
    }
    if (err == ERR_OK)
        err = read_present(judging, present);
    bool told = false;
    if (err == ERR_OK)
        err =
            judge_tell(judging, &present->in_force.q, &present->reading, &present->backlog, &told);
    *ret_changed = any_due || told || judging->look_at.us <= judging->now.us ||
                   (err == ERR_OK && next_look(judging, present).us < judging->look_at.us);
    return err == ERR_OK && *ret_changed ? put_watch(judging, present) : err;
}

static enum err judge_store(struct rules *rules, struct db *db, const char *store,
                            const struct day_range *also, struct judged_totals *ret_totals)
{
    struct judging judging = {.rules = rules, .db = db, .store = store};
    struct judged_totals totals = {.mine = false};
    bool changed = false;
    arena_init(&judging.arena);
    enum err err = db_begin(db, DB_SNAPSHOT_WRITE);
    if (err == ERR_OK)
        err = judge(&judging, also, &totals, &changed);
    if (err == ERR_OK && changed)
        err = db_commit(db);
    if (err != ERR_OK || !changed)
        db_rollback(db);
    arena_done(&judging.arena);
    if (err == ERR_OK)
        *ret_totals = totals;
    return err;
}

enum err store_judge(struct rules *rules, struct db *db, const char *store,
                     struct judged_totals *ret_totals)
{
    return judge_store(rules, db, store, NULL, ret_totals);
}

/* Whoever had the turn before may have changed what the snapshot shows. */
#define REJUDGE_TRIES 5

enum err store_rejudge(struct rules *rules, struct db *db, const char *store, struct day_range days,
                       struct judged_totals *ret_totals)
{
    enum err err = ERR_TRANSIENT;
    for (int i = 0; err == ERR_TRANSIENT && i < REJUDGE_TRIES; i++)
        err = judge_store(rules, db, store, &days, ret_totals);
    return err == ERR_OK && !ret_totals->mine ? ERR_NOT_FOUND : err;
}

enum err store_watch(struct db *db, const char *store)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    return db_query(db, &sql_watch_add, args, NULL);
}
