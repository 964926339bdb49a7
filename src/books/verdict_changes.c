#include "books/verdict_changes.h"

#include <stdlib.h>

#include "db/query.h"
#include "domain/mark.h"
#include "sql.h"

/* A checkpoint that is so close may be judged before this transaction is seen. */
#define CLOSE_US (60 * US_PER_SECOND)

void verdict_changes_init(struct verdict_changes *changes, struct instant now)
{
    *changes = (struct verdict_changes){.now = now};
}

void verdict_changes_done(struct verdict_changes *changes)
{
    free(changes->items);
    free(changes->feeds);
    *changes = (struct verdict_changes){.count = 0};
}

/* --- noting --- */

static struct instant soon(const struct verdict_changes *changes)
{
    return (struct instant){changes->now.us + CLOSE_US};
}

static void add(struct verdict_changes *changes, struct verdict_change change)
{
    if (changes->count == changes->room) {
        size_t room = 2 * changes->room + 32;
        struct verdict_change *more = reallocarray(changes->items, room, sizeof *more);
        if (more == NULL) {
            changes->no_memory = true;
            return;
        }
        changes->items = more;
        changes->room = room;
    }
    changes->items[changes->count++] = change;
}

/* What changed was so `since` an instant: a checkpoint of the day that is over and not before it
 * saw something else. Checkpoints of older settings are over since the newest ones. */
static void note_day(struct verdict_changes *changes, const struct plan *plan, int32_t day,
                     struct instant since, enum verdict_cause cause)
{
    const struct backlog_policy *backlog = &plan->policy->backlog;
    struct verdict_change change = {plan, day, {INT64_MIN}, cause};
    if (since.us < plan->since.us && calendar_start(plan->calendar, day).us < plan->since.us)
        change.last = plan->since;
    for (size_t m = 0; m < backlog->mark_count; m++) {
        struct instant checkpoint = mark_checkpoint(plan->calendar, day, backlog->marks[m].hours);
        if (since.us <= checkpoint.us && checkpoint.us <= soon(changes).us)
            change.last = instant_max(change.last, checkpoint);
    }
    if (change.last.us != INT64_MIN)
        add(changes, change);
}

void verdict_changes_day(struct verdict_changes *changes, const struct plan *plan, int32_t day,
                         enum verdict_cause cause)
{
    note_day(changes, plan, day, (struct instant){INT64_MIN}, cause);
}

static struct instant earlier_if_changed(struct instant a, struct instant b)
{
    return a.us == b.us ? INSTANT_NEVER : instant_min(a, b);
}

void verdict_changes_order(struct verdict_changes *changes, const struct plan *plan,
                           const struct order_view *was, const struct order_view *is,
                           enum verdict_cause cause)
{
    bool was_exempt = was->exemption != NULL, is_exempt = is->exemption != NULL;
    if (was->counts && is->counts && was_exempt != is_exempt) {
        /* Whenever it was excused, it is so at every checkpoint by what is known now. */
        cause = is_exempt ? VERDICT_BY_EXEMPTION : VERDICT_BY_REVOCATION;
    } else if (was->counts && is->counts && was->t0.us == is->t0.us) {
        struct instant since = instant_min(earlier_if_changed(was->collected, is->collected),
                                           earlier_if_changed(was->cancelled, is->cancelled));
        if (!instant_is_never(since))
            note_day(changes, plan, calendar_day(plan->calendar, is->t0), since, cause);
        return;
    }
    if (was->counts)
        verdict_changes_day(changes, plan, calendar_day(plan->calendar, was->t0), cause);
    if (is->counts)
        verdict_changes_day(changes, plan, calendar_day(plan->calendar, is->t0), cause);
}

/* --- the courier feed --- */

static struct feed_change *feed_of(struct verdict_changes *changes, const struct plan *plan)
{
    for (size_t i = changes->feed_count; i-- > 0;)
        if (changes->feeds[i].plan == plan)
            return &changes->feeds[i];
    if (changes->feed_count == changes->feed_room) {
        size_t room = 2 * changes->feed_room + 8;
        struct feed_change *more = reallocarray(changes->feeds, room, sizeof *more);
        if (more == NULL) {
            changes->no_memory = true;
            return NULL;
        }
        changes->feeds = more;
        changes->feed_room = room;
    }
    changes->feeds[changes->feed_count++] =
        (struct feed_change){plan, INSTANT_NEVER, {INT64_MIN}, INSTANT_NEVER, INSTANT_NEVER};
    return &changes->feeds[changes->feed_count - 1];
}

/* The store's last checkpoint that is over, or close. Of older settings no more is known than that
 * theirs are over since the newest. */
static struct instant last_checkpoint(const struct verdict_changes *changes,
                                      const struct plan *plan)
{
    const struct backlog_policy *backlog = &plan->policy->backlog;
    struct instant last = plan->since;
    for (size_t m = 0; m < backlog->mark_count; m++) {
        int32_t hours = backlog->marks[m].hours;
        int32_t day =
            calendar_day(plan->calendar, instant_add_hours(soon(changes), -(int64_t)hours));
        last = instant_max(last, mark_checkpoint(plan->calendar, day - 1, hours));
    }
    return last;
}

void verdict_changes_feed(struct verdict_changes *changes, const struct plan *plan,
                          struct instant spoken, struct instant counts)
{
    struct instant last = last_checkpoint(changes, plan);
    struct feed_change *feed = counts.us <= last.us ? feed_of(changes, plan) : NULL;
    if (feed == NULL)
        return;
    feed->last = last;
    int64_t silent_s = plan->policy->silent_after_s;
    struct instant until = {spoken.us + silent_s * US_PER_SECOND};
    feed->earliest = instant_min(feed->earliest, counts);
    feed->latest = instant_max(feed->latest, silent_s == 0 ? changes->now : until);
}

void verdict_changes_retracted(struct verdict_changes *changes, const struct plan *plan,
                               struct instant from)
{
    struct instant last = last_checkpoint(changes, plan);
    struct feed_change *feed = from.us <= last.us ? feed_of(changes, plan) : NULL;
    if (feed == NULL)
        return;
    feed->last = last;
    feed->retracted = instant_min(feed->retracted, from);
}

/* --- writing --- */

static enum err write_days(const struct verdict_changes *changes, struct db *db)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < changes->count; i++)
        db_add_text(args, changes->items[i].plan->store);
    db_arg_array(args, DB_DATES);
    for (size_t i = 0; i < changes->count; i++)
        db_add_date(args, changes->items[i].day);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < changes->count; i++)
        db_add_instant(args, changes->items[i].last);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < changes->count; i++)
        db_add_int32(args, (int32_t)changes->items[i].cause);
    return db_pipeline_add(db, &sql_verdicts_changed_add, args);
}

static enum err write_feeds(const struct verdict_changes *changes, struct db *db)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < changes->feed_count; i++)
        db_add_text(args, changes->feeds[i].plan->store);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < changes->feed_count; i++)
        db_add_instant(args, changes->feeds[i].earliest);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < changes->feed_count; i++)
        db_add_instant(args, changes->feeds[i].latest.us == INT64_MIN ? INSTANT_NEVER
                                                                      : changes->feeds[i].latest);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < changes->feed_count; i++)
        db_add_instant(args, changes->feeds[i].retracted);
    db_arg_array(args, DB_INSTANTS);
    for (size_t i = 0; i < changes->feed_count; i++)
        db_add_instant(args, changes->feeds[i].last);
    return db_pipeline_add(db, &sql_verdicts_changed_feed, args);
}

enum err verdict_changes_write(const struct verdict_changes *changes, struct db *db)
{
    if (changes->no_memory)
        return ERR_NOMEM;
    enum err err = changes->count > 0 ? write_days(changes, db) : ERR_OK;
    return err == ERR_OK && changes->feed_count > 0 ? write_feeds(changes, db) : err;
}
