/* The entities' part of a group: loads the touched ones and those that they may say something else
 * of now (books/neighbours.h), folds, and adds observe(after) - observe(before) to the sums. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "books/row.h"
#include "db/facts.h"
#include "db/query.h"
#include "fold.h"
#include "sql.h"

#define FACTS_MAX_BYTES (16 * 1024 * 1024)
#define FACTS_OWN_BYTES (64 * 1024)

/* --- touches --- */

static int compare_subject(const struct plan *plan, enum entity entity, const char *id,
                           const struct plan *other_plan, enum entity other_entity,
                           const char *other_id)
{
    if (plan != other_plan)
        return plan < other_plan ? -1 : 1; /* in one array, by store */
    if (entity != other_entity)
        return entity < other_entity ? -1 : 1;
    return strcmp(id, other_id);
}

static int compare_touches(const void *a, const void *b)
{
    const struct touch *x = a, *y = b;
    int order = compare_subject(x->work->plan, x->entity, x->id, y->work->plan, y->entity, y->id);
    if (order != 0)
        return order;
    return x->work->arrival < y->work->arrival ? -1 : 1;
}

int subjects_compare(const void *a, const void *b)
{
    const struct subject *x = a, *y = b;
    return compare_subject(x->plan, x->entity, x->id, y->plan, y->entity, y->id);
}

static void find_touches(struct fold *fold)
{
    for (size_t i = 0; i < fold->group->count; i++) {
        const struct work *work = &fold->group->works[i];
        const struct event *event = &work->entry->event;
        if (is_accepted(work, EVENT_FACT))
            fold->touches[fold->touch_count++] =
                (struct touch){work, fact_entity(event->fact.kind), event->subject};
        else if (is_accepted(work, EVENT_RETRACTION) && work->target != NULL)
            fold->touches[fold->touch_count++] =
                (struct touch){work, work->target_entity, work->target};
    }
    qsort(fold->touches, fold->touch_count, sizeof *fold->touches, compare_touches);
}

static void find_touched(struct fold *fold)
{
    for (size_t i = 0; i < fold->touch_count; i++) {
        const struct touch *touch = &fold->touches[i];
        struct subject *last = fold->count > 0 ? &fold->subjects[fold->count - 1] : NULL;
        if (last != NULL && compare_subject(last->plan, last->entity, last->id, touch->work->plan,
                                            touch->entity, touch->id) == 0) {
            last->touch_count++;
            continue;
        }
        fold->subjects[fold->count++] = (struct subject){
            .plan = touch->work->plan,
            .entity = touch->entity,
            .id = touch->id,
            .touches = touch,
            .touch_count = 1,
        };
    }
    fold->touched_count = fold->count;
}

/* --- facts --- */

static int compare_facts(const void *a, const void *b)
{
    return fact_compare(a, b);
}

/* Adds one touch to the facts: a new fact, or the mark that one of them is retracted. */
static void apply_touch(const struct touch *touch, struct fact *facts, size_t *count)
{
    const struct event *event = &touch->work->entry->event;
    if (event->class == EVENT_FACT) {
        facts[*count] = event->fact;
        facts[*count].retracted_at = touch->work->retracted_at;
        ++*count;
        return;
    }
    for (size_t i = 0; i < *count; i++)
        if (strcmp(facts[i].source, event->target_source) == 0 &&
            strcmp(facts[i].id, event->target_id) == 0)
            facts[i].retracted_at = instant_min(facts[i].retracted_at, event->at);
}

/* Sets what the subject was and, by its touches, is. */
enum err subject_fold(struct fold *fold, struct subject *subject, const char *stored,
                      size_t stored_len)
{
    struct arena *arena = &fold->group->arena;
    enum err err = facts_decode(stored, stored_len, arena, &subject->before);
    if (err != ERR_OK)
        return err;
    subject->after = subject->before;
    subject->was = view_of(subject->entity, &subject->before, INSTANT_NEVER);
    if (subject->touch_count == 0) {
        subject->is = subject->was;
        return ERR_OK;
    }
    size_t count = subject->before.count;
    struct fact *after = arena_alloc(arena, (count + subject->touch_count) * sizeof *after);
    if (after == NULL)
        return ERR_NOMEM;
    if (count > 0)
        memcpy(after, subject->before.items, count * sizeof *after);
    for (size_t i = 0; i < subject->touch_count; i++)
        apply_touch(&subject->touches[i], after, &count);
    qsort(after, count, sizeof *after, compare_facts);
    subject->after = (struct facts){after, count};
    subject->is = view_of(subject->entity, &subject->after, INSTANT_NEVER);
    return ERR_OK;
}

static enum err ask_touched(struct fold *fold, enum entity entity, bool *ret_asked)
{
    static const struct db_sql *const statements[ENTITIES] = {
        [ENTITY_ORDER] = &sql_orders_get,
        [ENTITY_TICKET] = &sql_tickets_get,
        [ENTITY_REVIEW] = &sql_reviews_get,
        [ENTITY_REPORT] = &sql_reports_get,
    };
    *ret_asked = false;
    for (size_t i = 0; i < fold->touched_count && !*ret_asked; i++)
        *ret_asked = fold->subjects[i].entity == entity;
    if (!*ret_asked)
        return ERR_OK;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < fold->touched_count; i++)
        if (fold->subjects[i].entity == entity)
            db_add_text(args, fold->subjects[i].plan->store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < fold->touched_count; i++)
        if (fold->subjects[i].entity == entity)
            db_add_text(args, fold->subjects[i].id);
    return db_pipeline_add(fold->group->db, statements[entity], args);
}

/* The stored rows of one kind of entity; those that have none are new. */
static enum err take_touched(struct fold *fold, enum entity entity, const struct db_result *result)
{
    struct subject **asked =
        arena_alloc(&fold->group->arena, fold->touched_count * sizeof(struct subject *));
    if (asked == NULL)
        return ERR_NOMEM;
    size_t count = 0;
    for (size_t i = 0; i < fold->touched_count; i++)
        if (fold->subjects[i].entity == entity)
            asked[count++] = &fold->subjects[i];
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct subject *subject = asked[db_int(result, row, 0) - 1];
        subject->exists = true;
        err = subject_fold(fold, subject, db_text(result, row, 1), db_len(result, row, 1));
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (!asked[i]->exists)
            err = subject_fold(fold, asked[i], "", 0);
    return err;
}

static enum err load_touched(struct fold *fold)
{
    struct db_result *results[ENTITIES] = {NULL};
    bool asked[ENTITIES] = {false};
    enum err err = ERR_OK;
    for (enum entity entity = 0; err == ERR_OK && entity < ENTITIES; entity++)
        err = ask_touched(fold, entity, &asked[entity]);
    if (err == ERR_OK)
        err = db_pipeline_run(fold->group->db, results);
    size_t at = 0;
    for (enum entity entity = 0; err == ERR_OK && entity < ENTITIES; entity++)
        if (asked[entity])
            err = take_touched(fold, entity, results[at++]);
    for (size_t i = 0; i < ENTITIES; i++)
        db_result_free(results[i]);
    return err;
}

/* --- what becomes of it --- */

static bool says_the_same(const struct subject *subject)
{
    switch (subject->entity) {
    case ENTITY_ORDER:
        return subject->was.order.defects == subject->is.order.defects;
    case ENTITY_TICKET:
        return subject->was.ticket.recontact == subject->is.ticket.recontact;
    case ENTITY_REPORT:
        return true;
    case ENTITY_REVIEW:
        break;
    }
    return subject->was.review.crowded_out == subject->is.review.crowded_out;
}

/* Whoever fills an order must not keep a report that lists it from being decided: the last bytes
 * are for the service's own facts. */
static size_t room_of(const struct subject *subject)
{
    for (size_t i = 0; i < subject->touch_count; i++)
        if (strcmp(subject->touches[i].work->entry->event.source, EVENT_OWN_SOURCE) != 0)
            return FACTS_MAX_BYTES - FACTS_OWN_BYTES;
    return FACTS_MAX_BYTES;
}

static enum err put_subject(struct fold *fold, const struct subject *subject,
                            struct row_put *ret_put)
{
    struct buf text;
    buf_init(&text, room_of(subject));
    facts_encode(&subject->after, &text);
    enum err err = buf_status(&text);
    const char *copy =
        err == ERR_OK ? arena_copy(&fold->group->arena, buf_text(&text), text.len) : NULL;
    *ret_put = (struct row_put){
        .store = subject->plan->store,
        .id = subject->id,
        .row = row_of(&subject->after, &subject->is),
        .facts = copy,
        .facts_len = text.len,
        .exists = subject->exists,
    };
    buf_done(&text);
    return err == ERR_OK && copy == NULL ? ERR_NOMEM : err;
}

static enum verdict_cause cause_of(const struct subject *subject)
{
    for (size_t i = 0; i < subject->touch_count; i++)
        if (subject->touches[i].work->entry->event.class == EVENT_RETRACTION)
            return VERDICT_BY_RETRACTION;
    return VERDICT_BY_LATE_EVENT;
}

static enum err write_subjects(struct fold *fold)
{
    struct group *group = fold->group;
    struct row_put *puts = arena_alloc(&group->arena, (fold->count + 1) * sizeof *puts);
    if (puts == NULL)
        return ERR_NOMEM;
    size_t put_count = 0;
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < fold->count; i++) {
        const struct subject *subject = &fold->subjects[i];
        if (subject->touch_count == 0 && says_the_same(subject))
            continue;
        if (subject->exists)
            sums_add(&group->sums, subject->plan, &subject->was, -1);
        sums_add(&group->sums, subject->plan, &subject->is, 1);
        if (subject->entity == ENTITY_ORDER)
            verdict_changes_order(&group->changes, subject->plan, &subject->was.order,
                                  &subject->is.order, cause_of(subject));
        /* Of what neighbours say only a session's row keeps something. */
        if (subject->touch_count > 0 || subject->entity == ENTITY_TICKET)
            err = put_subject(fold, subject, &puts[put_count++]);
    }
    return err == ERR_OK ? rows_write(group->db, puts, put_count) : err;
}

enum err group_fold(struct group *group)
{
    struct fold fold = {.group = group, .room = group->count + 1};
    fold.touches = arena_alloc(&group->arena, fold.room * sizeof *fold.touches);
    fold.subjects = arena_alloc(&group->arena, fold.room * sizeof *fold.subjects);
    if (fold.touches == NULL || fold.subjects == NULL)
        return ERR_NOMEM;
    find_touches(&fold);
    if (fold.touch_count == 0)
        return ERR_OK;
    find_touched(&fold);
    enum err err = load_touched(&fold);
    if (err == ERR_OK)
        err = fold_meet_neighbours(&fold);
    return err == ERR_OK ? write_subjects(&fold) : err;
}
