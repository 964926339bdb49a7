/* The path of events into the database. Reads like the sentence: look up who is known, decide
 * each identity, fold the touched entities, write all of it.
 * The order of arrival decides only between two bodies of one identity. Everything else is a
 * union of sets, so that two processes that share a store's events in any order end with the
 * same rows. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "books/plan.h"
#include "books/sums.h"
#include "db/query.h"
#include "group_work.h"
#include "sql.h"

static bool is_open(const struct work *work)
{
    return work->entry->outcome != OUTCOME_REJECTED;
}

static bool is_stored(const struct work *work)
{
    return work->entry->outcome == OUTCOME_ACCEPTED || work->entry->outcome == OUTCOME_IGNORED;
}

/* --- stores --- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct stores of the items, ascending. */
static enum err find_stores(struct group *group, const char ***ret_stores, size_t *ret_count)
{
    const char **stores = arena_alloc(&group->arena, (group->count + 1) * sizeof *stores);
    if (stores == NULL)
        return ERR_NOMEM;
    size_t count = 0, distinct = 0;
    for (size_t i = 0; i < group->count; i++)
        if (is_open(&group->works[i]))
            stores[count++] = group->works[i].entry->event.store;
    qsort(stores, count, sizeof *stores, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(stores[i], stores[distinct - 1]) != 0)
            stores[distinct++] = stores[i];
    *ret_stores = stores;
    *ret_count = distinct;
    return ERR_OK;
}

static int compare_plan(const void *store, const void *plan)
{
    return strcmp(store, ((const struct plan *)plan)->store);
}

static void find_plans(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        struct work *work = &group->works[i];
        if (!is_open(work))
            continue;
        work->plan = bsearch(work->entry->event.store, group->plans, group->plan_count,
                             sizeof *group->plans, compare_plan);
        if (!work->plan->exists) {
            work->entry->outcome = OUTCOME_REJECTED;
            fault_set(&work->entry->fault, "/data/store", "no such store");
        }
    }
}

/* --- identities --- */

/* Queues the question for every item's own identity, and for the targets of retractions. ret_asked
 * says whose row is whose: the first ret_own are the items, the rest the targets. */
static enum err ask_keys(struct group *group, struct work ***ret_asked, size_t *ret_own)
{
    struct work **asked = arena_alloc(&group->arena, (2 * group->count + 1) * sizeof *asked);
    if (asked == NULL)
        return ERR_NOMEM;
    size_t own = 0, all;
    for (size_t i = 0; i < group->count; i++)
        if (is_open(&group->works[i]))
            asked[own++] = &group->works[i];
    all = own;
    for (size_t i = 0; i < own; i++)
        if (asked[i]->entry->event.class == EVENT_RETRACTION)
            asked[all++] = asked[i];

    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < all; i++)
        db_add_text(args, asked[i]->entry->event.store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < all; i++) {
        const struct event *event = &asked[i]->entry->event;
        db_add_text(args, i < own ? event->source : event->target_source);
    }
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < all; i++) {
        const struct event *event = &asked[i]->entry->event;
        db_add_text(args, i < own ? event->id : event->target_id);
    }
    *ret_asked = asked;
    *ret_own = own;
    return db_pipeline_add(group->db, &sql_event_keys_get, args);
}

static void take_keys(struct group *group, const struct db_result *result, struct work **asked,
                      size_t own)
{
    for (int row = 0; row < db_rows(result); row++) {
        size_t i = (size_t)db_int(result, row, 0) - 1;
        if (i >= own) {
            asked[i]->target_entity = (enum entity)db_int(result, row, 2);
            if (!db_is_null(result, row, 3))
                asked[i]->target =
                    arena_copy(&group->arena, db_text(result, row, 3), db_len(result, row, 3));
            continue;
        }
        asked[i]->retracted_at = db_instant(result, row, 4);
        if (!db_is_null(result, row, 1))
            asked[i]->known_digest = (const uint8_t *)arena_copy(
                &group->arena, db_text(result, row, 1), db_len(result, row, 1));
    }
}

/* The first round trip: the transaction, its locks, and what is known of stores and identities. The
 * locks are a statement of their own, so that what follows them is read after the wait. */
static enum err load_known(struct group *group, enum group_start start)
{
    const char **stores;
    struct work **asked;
    size_t own;
    enum err err = find_stores(group, &stores, &group->plan_count);
    if (err != ERR_OK)
        return err;
    group->plans = arena_alloc(&group->arena, (group->plan_count + 1) * sizeof *group->plans);
    if (group->plans == NULL)
        return ERR_NOMEM;
    size_t before = 0;
    if (start == GROUP_BEGINS) {
        before = 2;
        err = db_pipeline_add(group->db, &sql_group_begin, NULL);
        if (err == ERR_OK)
            err = stores_lock_ask(group->db, stores, group->plan_count);
    }
    if (err == ERR_OK)
        err = plans_ask(group->db, stores, group->plan_count, group->plans);
    if (err == ERR_OK)
        err = ask_keys(group, &asked, &own);
    struct db_result *results[4] = {NULL};
    if (err == ERR_OK)
        err = db_pipeline_run(group->db, results);
    if (err == ERR_OK)
        err = plans_take(group->rules, group->db, results[before], group->plans);
    if (err == ERR_OK)
        take_keys(group, results[before + 1], asked, own);
    for (size_t i = 0; i < 4; i++)
        db_result_free(results[i]);
    return err;
}

static int compare_identity(const struct event *a, const char *store, const char *source,
                            const char *id)
{
    int order = strcmp(a->id, id);
    if (order == 0)
        order = strcmp(a->source, source);
    return order == 0 ? strcmp(a->store, store) : order;
}

static int compare_works(const void *a, const void *b)
{
    const struct work *x = *(const struct work *const *)a, *y = *(const struct work *const *)b;
    const struct event *other = &y->entry->event;
    int order = compare_identity(&x->entry->event, other->store, other->source, other->id);
    if (order != 0)
        return order;
    return x->arrival < y->arrival ? -1 : 1;
}

/* The first body of an identity holds, in the database or in the group; ret_sorted: the stored
 * items by identity. */
static enum err decide_identities(struct group *group, struct work ***ret_sorted, size_t *ret_count)
{
    struct work **sorted = arena_alloc(&group->arena, (group->count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return ERR_NOMEM;
    size_t count = 0, stored = 0;
    for (size_t i = 0; i < group->count; i++)
        if (is_open(&group->works[i]))
            sorted[count++] = &group->works[i];
    qsort(sorted, count, sizeof *sorted, compare_works);

    const struct work *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct work *work = sorted[i];
        const struct event *event = &work->entry->event;
        bool repeated = first != NULL && compare_identity(&first->entry->event, event->store,
                                                          event->source, event->id) == 0;
        if (!repeated)
            first = work;
        const uint8_t *holds = first->known_digest;
        if (holds == NULL && repeated)
            holds = first->entry->event.digest;
        if (holds == NULL)
            work->entry->outcome =
                event->class == EVENT_UNKNOWN ? OUTCOME_IGNORED : OUTCOME_ACCEPTED;
        else if (memcmp(holds, event->digest, EVENT_DIGEST_SIZE) == 0)
            work->entry->outcome = OUTCOME_DUPLICATE;
        else
            work->entry->outcome = OUTCOME_CONFLICT;
        if (is_stored(work))
            sorted[stored++] = work;
    }
    *ret_sorted = sorted;
    *ret_count = stored;
    return ERR_OK;
}

/* --- retractions within the group --- */

static struct work *find_stored(struct work **sorted, size_t count, const char *store,
                                const char *source, const char *id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_identity(&sorted[middle]->entry->event, store, source, id);
        if (order == 0)
            return sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A retraction and its target may come in one group, in either order. */
static void match_retractions(struct group *group, struct work **sorted, size_t count)
{
    for (size_t i = 0; i < group->count; i++) {
        struct work *work = &group->works[i];
        if (!is_accepted(work, EVENT_RETRACTION))
            continue;
        const struct event *event = &work->entry->event;
        struct work *target =
            find_stored(sorted, count, event->store, event->target_source, event->target_id);
        if (target == NULL)
            continue;
        target->retracted_at = instant_min(target->retracted_at, event->at);
        if (target->entry->event.class != EVENT_FACT)
            continue;
        work->target = target->entry->event.subject;
        work->target_entity = fact_entity(target->entry->event.fact.kind);
    }
}

/* --- the past --- */

/* What the courier says, or has said no more, of a time that was judged. */
static void note_feeds(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct work *work = &group->works[i];
        const struct event *event = &work->entry->event;
        if (work->entry->outcome != OUTCOME_ACCEPTED)
            continue;
        if (event->class == EVENT_RETRACTION)
            verdict_changes_retracted(&group->changes, work->plan, event->at);
        else if (event->feed == FEED_COLLECTIONS && event->class == EVENT_ALIVE)
            verdict_changes_feed(&group->changes, work->plan, event->through,
                                 instant_max(event->at, event->through));
        else if (event->feed == FEED_COLLECTIONS)
            verdict_changes_feed(&group->changes, work->plan, event->at, event->at);
    }
}

/* --- the whole --- */

static enum err apply(struct group *group, enum group_start start)
{
    struct work **stored = NULL;
    size_t stored_count = 0;
    enum err err = load_known(group, start);
    if (err == ERR_OK) {
        find_plans(group);
        err = decide_identities(group, &stored, &stored_count);
    }
    if (err == ERR_OK) {
        match_retractions(group, stored, stored_count);
        note_feeds(group);
        err = group_fold(group);
    }
    if (err == ERR_OK)
        err = verdict_changes_write(&group->changes, group->db);
    if (err == ERR_OK)
        err = sums_write(&group->sums, group->db);
    if (err == ERR_OK)
        err = group_write_log(group, stored, stored_count);
    return err == ERR_OK ? db_pipeline_run(group->db, NULL) : err;
}

enum err group_apply(struct rules *rules, struct db *db, enum group_start start,
                     const struct group_item *items, size_t count)
{
    struct group group = {.rules = rules, .db = db, .count = count};
    arena_init(&group.arena);
    sums_init(&group.sums);
    verdict_changes_init(&group.changes, clock_now());
    group.works = arena_alloc(&group.arena, (count + 1) * sizeof *group.works);
    enum err err = group.works == NULL ? ERR_NOMEM : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        group.works[i] = (struct work){.entry = items[i].entry,
                                       .submission = items[i].submission,
                                       .arrival = i,
                                       .retracted_at = INSTANT_NEVER};
    if (err == ERR_OK)
        err = apply(&group, start);
    if (err != ERR_OK)
        db_pipeline_clear(db);
    verdict_changes_done(&group.changes);
    sums_done(&group.sums);
    arena_done(&group.arena);
    return err;
}
