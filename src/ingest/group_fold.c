/* The entities' part of a group: loads the touched ones and those that they may say something else
 * of now (books/neighbours.h), folds, and adds observe(after) - observe(before) to the sums. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "books/neighbours.h"
#include "books/row.h"
#include "db/facts.h"
#include "db/query.h"
#include "group_work.h"
#include "sql.h"

#define FACTS_MAX_BYTES (16 * 1024 * 1024)

/* One item of the group that changes an entity. */
struct touch {
    const struct work *work; /* an accepted fact, or an accepted retraction */
    enum entity entity;
    const char *id;
};

/* An entity before and after the group. */
struct subject {
    const struct plan *plan;
    enum entity entity;
    const char *id;
    const struct touch *touches; /* touch_count 0: a neighbour */
    size_t touch_count;
    bool exists;
    struct facts before, after;
    struct view was, is;
};

struct fold {
    struct group *group;
    struct touch *touches;
    size_t touch_count;
    struct subject *subjects; /* the touched ones first, sorted; behind them neighbours */
    size_t touched_count;
    size_t count;
    size_t room;
};

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

static int compare_subjects(const void *a, const void *b)
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
static enum err fold_subject(struct fold *fold, struct subject *subject, const char *stored,
                             size_t stored_len)
{
    struct arena *arena = &fold->group->arena;
    struct fact *before, *after;
    size_t count;
    enum err err = facts_decode(stored, stored_len, 0, arena, &before, &count);
    if (err != ERR_OK)
        return err;
    subject->before = subject->after = (struct facts){before, count};
    subject->was = view_of(subject->entity, &subject->before, INSTANT_NEVER);
    if (subject->touch_count == 0) {
        subject->is = subject->was;
        return ERR_OK;
    }
    after = arena_alloc(arena, (count + subject->touch_count) * sizeof *after);
    if (after == NULL)
        return ERR_NOMEM;
    if (count > 0)
        memcpy(after, before, count * sizeof *after);
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
        err = fold_subject(fold, subject, db_text(result, row, 1), db_len(result, row, 1));
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        if (!asked[i]->exists)
            err = fold_subject(fold, asked[i], "", 0);
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

/* --- neighbours --- */

/* Whose neighbours are to be loaded: a key of a store, and how far. */
struct near {
    const char *store;
    const char *key;
    struct instant since, until; /* sessions */
    int32_t most;                /* reviews */
};

struct nears {
    struct near *items;
    size_t count;
};

static void add_near(struct nears *nears, const char *store, const char *key, int32_t most)
{
    nears->items[nears->count++] = (struct near){store, key, INSTANT_NEVER, INSTANT_NEVER, most};
}

static int compare_nears(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    if (order == 0)
        order = strcmp(x->store, y->store);
    if (order != 0)
        return order;
    return x->since.us < y->since.us ? -1 : x->since.us > y->since.us;
}

/* Of one key, and the spans meet. */
static bool near_meets(const struct near *near, const struct near *next)
{
    return strcmp(near->key, next->key) == 0 && strcmp(near->store, next->store) == 0 &&
           next->since.us <= near->until.us;
}

/* One entry a key and span, with all counts. */
static void merge_nears(struct nears *nears)
{
    size_t kept = 0;
    if (nears->count > 0)
        qsort(nears->items, nears->count, sizeof *nears->items, compare_nears);
    for (size_t i = 0; i < nears->count; i++) {
        const struct near *near = &nears->items[i];
        if (kept == 0 || !near_meets(&nears->items[kept - 1], near)) {
            nears->items[kept++] = *near;
            continue;
        }
        struct near *same = &nears->items[kept - 1];
        same->until = instant_max(same->until, near->until);
        same->most += near->most;
    }
    nears->count = kept;
}

struct session {
    struct nears *nears;
    const char *store;
    const char *buyer;
};

static void add_span(const struct session *session, int64_t since_us, int64_t until_us)
{
    struct nears *nears = session->nears;
    nears->items[nears->count++] =
        (struct near){session->store, session->buyer, {since_us}, {until_us}, 0};
}

/* A session that was opened soon after this one's closing may follow it, or another one that was
 * closed soon before. */
static void near_closing(void *arg, struct instant closed, struct instant until)
{
    (void)until;
    add_span(arg, closed.us - RECONTACT_US, closed.us + RECONTACT_US);
}

static bool is_session(const struct ticket_view *ticket)
{
    return ticket->opened_known && ticket->kind == TICKET_CHAT && ticket->buyer != NULL;
}

/* What this session may follow, and what may follow it. */
static void near_session(struct nears *sessions, const struct subject *subject,
                         const struct ticket_view *ticket)
{
    if (!is_session(ticket))
        return;
    struct session session = {sessions, subject->plan->store, ticket->buyer};
    add_span(&session, ticket->opened.us - RECONTACT_US, ticket->opened.us);
    ticket_closed_spells(ticket, near_closing, &session);
}

/* At most so many spans. */
static size_t spans_of(const struct ticket_view *ticket)
{
    return is_session(ticket) ? 1 + ticket->facts.count : 0;
}

static void near_review(struct nears *buyers, const struct subject *subject,
                        const struct review_view *review)
{
    if (review->known && review->buyer != NULL)
        add_near(buyers, subject->plan->store, review->buyer, 1);
}

static void near_order(struct nears *orders, const struct subject *subject, const char *order)
{
    if (subject->plan->defects && order != NULL)
        add_near(orders, subject->plan->store, order, 0);
}

static void find_nears(const struct fold *fold, struct nears *sessions, struct nears *buyers,
                       struct nears *orders)
{
    for (size_t i = 0; i < fold->touched_count; i++) {
        const struct subject *subject = &fold->subjects[i];
        switch (subject->entity) {
        case ENTITY_ORDER:
            near_order(orders, subject, subject->id);
            break;
        case ENTITY_TICKET:
            near_session(sessions, subject, &subject->was.ticket);
            near_session(sessions, subject, &subject->is.ticket);
            near_order(orders, subject, subject->was.ticket.order);
            near_order(orders, subject, subject->is.ticket.order);
            break;
        case ENTITY_REVIEW:
            near_review(buyers, subject, &subject->was.review);
            near_review(buyers, subject, &subject->is.review);
            near_order(orders, subject, subject->was.review.order);
            near_order(orders, subject, subject->is.review.order);
            break;
        }
    }
    merge_nears(sessions);
    merge_nears(buyers);
    merge_nears(orders);
}

enum near_column { NEAR_KEYS, NEAR_SPAN, NEAR_MOST };

static enum err ask_near(struct db *db, const struct db_sql *sql, const struct nears *nears,
                         enum near_column column)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < nears->count; i++)
        db_add_text(args, nears->items[i].store);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < nears->count; i++)
        db_add_text(args, nears->items[i].key);
    if (column == NEAR_SPAN) {
        db_arg_array(args, DB_INSTANTS);
        for (size_t i = 0; i < nears->count; i++)
            db_add_instant(args, nears->items[i].since);
        db_arg_array(args, DB_INSTANTS);
        for (size_t i = 0; i < nears->count; i++)
            db_add_instant(args, nears->items[i].until);
    } else if (column == NEAR_MOST) {
        db_arg_array(args, DB_INT32S);
        for (size_t i = 0; i < nears->count; i++)
            db_add_int32(args, REVIEWS_PER_BUYER + nears->items[i].most);
    }
    return db_pipeline_add(db, sql, args);
}

static int compare_plan(const void *store, const void *plan)
{
    return strcmp(store, ((const struct plan *)plan)->store);
}

/* Adds the rows (store, id, facts) that are not touched; some may come twice. */
static enum err take_neighbours(struct fold *fold, enum entity entity,
                                const struct db_result *result)
{
    struct group *group = fold->group;
    size_t rows = (size_t)db_rows(result);
    if (fold->count + rows > fold->room) {
        size_t room = fold->count + rows + 64;
        struct subject *more = arena_alloc(&group->arena, room * sizeof *more);
        if (more == NULL)
            return ERR_NOMEM;
        memcpy(more, fold->subjects, fold->count * sizeof *more);
        fold->subjects = more;
        fold->room = room;
    }
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < (int)rows; row++) {
        struct subject subject = {
            .plan = bsearch(db_text(result, row, 0), group->plans, group->plan_count,
                            sizeof *group->plans, compare_plan),
            .entity = entity,
            .id = db_text(result, row, 1),
            .exists = true,
        };
        if (bsearch(&subject, fold->subjects, fold->touched_count, sizeof subject,
                    compare_subjects) != NULL)
            continue;
        subject.id = arena_copy(&group->arena, subject.id, db_len(result, row, 1));
        if (subject.id == NULL)
            return ERR_NOMEM;
        err = fold_subject(fold, &subject, db_text(result, row, 2), db_len(result, row, 2));
        fold->subjects[fold->count++] = subject;
    }
    return err;
}

static void drop_repeated(struct fold *fold)
{
    struct subject *neighbours = &fold->subjects[fold->touched_count];
    size_t count = fold->count - fold->touched_count, kept = 0;
    if (count > 0)
        qsort(neighbours, count, sizeof *neighbours, compare_subjects);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare_subjects(&neighbours[i], &neighbours[kept - 1]) != 0)
            neighbours[kept++] = neighbours[i];
    fold->count = fold->touched_count + kept;
}

static enum err load_neighbours(struct fold *fold)
{
    struct arena *arena = &fold->group->arena;
    struct db *db = fold->group->db;
    size_t most = 2 * fold->touched_count + 1, spans = 1;
    for (size_t i = 0; i < fold->touched_count; i++)
        if (fold->subjects[i].entity == ENTITY_TICKET)
            spans +=
                spans_of(&fold->subjects[i].was.ticket) + spans_of(&fold->subjects[i].is.ticket);
    struct nears sessions = {arena_alloc(arena, spans * sizeof(struct near)), 0};
    struct nears buyers = {arena_alloc(arena, most * sizeof(struct near)), 0};
    struct nears orders = {arena_alloc(arena, most * sizeof(struct near)), 0};
    if (sessions.items == NULL || buyers.items == NULL || orders.items == NULL)
        return ERR_NOMEM;
    find_nears(fold, &sessions, &buyers, &orders);
    const struct {
        const struct db_sql *sql;
        const struct nears *nears;
        enum near_column column;
        enum entity entity;
    } asks[] = {
        {&sql_tickets_sessions, &sessions, NEAR_SPAN, ENTITY_TICKET},
        {&sql_reviews_latest, &buyers, NEAR_MOST, ENTITY_REVIEW},
        {&sql_orders_near, &orders, NEAR_KEYS, ENTITY_ORDER},
        {&sql_tickets_of_orders, &orders, NEAR_KEYS, ENTITY_TICKET},
        {&sql_reviews_of_orders, &orders, NEAR_KEYS, ENTITY_REVIEW},
    };
    enum { ASKS = sizeof asks / sizeof asks[0] };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < ASKS; i++)
        if (asks[i].nears->count > 0)
            err = ask_near(db, asks[i].sql, asks[i].nears, asks[i].column);
    struct db_result *results[ASKS] = {NULL};
    if (err == ERR_OK)
        err = db_pipeline_run(db, results);
    size_t at = 0;
    for (size_t i = 0; err == ERR_OK && i < ASKS; i++)
        if (asks[i].nears->count > 0)
            err = take_neighbours(fold, asks[i].entity, results[at++]);
    for (size_t i = 0; i < ASKS; i++)
        db_result_free(results[i]);
    if (err == ERR_OK)
        drop_repeated(fold);
    return err;
}

/* Sets in the views of a store what its entities say of one another, before or after the group. */
static enum err tell_one_another(struct fold *fold, const struct plan *plan, bool after)
{
    struct neighbours neighbours;
    neighbours_init(&neighbours);
    for (size_t i = 0; i < fold->count; i++) {
        struct subject *subject = &fold->subjects[i];
        if (subject->plan == plan)
            neighbours_add(&neighbours, subject->id, after ? &subject->is : &subject->was);
    }
    enum err err = neighbours_seal(&neighbours);
    for (size_t i = 0; err == ERR_OK && i < fold->count; i++) {
        struct subject *subject = &fold->subjects[i];
        if (subject->plan == plan)
            neighbours_tell(&neighbours, subject->id, after ? &subject->is : &subject->was);
    }
    neighbours_done(&neighbours);
    return err;
}

/* Whether any entity of the store can say something of another one. */
static bool has_neighbours(const struct fold *fold, const struct plan *plan)
{
    for (size_t i = 0; i < fold->count; i++)
        if (fold->subjects[i].plan == plan && fold->subjects[i].entity != ENTITY_ORDER)
            return true;
    return false;
}

static enum err meet_neighbours(struct fold *fold)
{
    enum err err = load_neighbours(fold);
    for (size_t i = 0; err == ERR_OK && i < fold->group->plan_count; i++) {
        const struct plan *plan = &fold->group->plans[i];
        if (!has_neighbours(fold, plan))
            continue;
        err = tell_one_another(fold, plan, false);
        if (err == ERR_OK)
            err = tell_one_another(fold, plan, true);
    }
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
    case ENTITY_REVIEW:
        break;
    }
    return subject->was.review.crowded_out == subject->is.review.crowded_out;
}

static enum err put_subject(struct fold *fold, const struct subject *subject,
                            struct row_put *ret_put)
{
    struct buf text;
    buf_init(&text, FACTS_MAX_BYTES);
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
        sums_add(&group->sums, subject->plan, &subject->was, -1);
        sums_add(&group->sums, subject->plan, &subject->is, 1);
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
        err = meet_neighbours(&fold);
    return err == ERR_OK ? write_subjects(&fold) : err;
}
