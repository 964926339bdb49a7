/* The neighbours of what a group touches (books/neighbours.h): which ones, their rows, and what
 * they say of one another before and after the group. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "books/neighbours.h"
#include "db/query.h"
#include "fold.h"
#include "sql.h"

/* --- who is near --- */

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
        case ENTITY_REPORT:
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
                    subjects_compare) != NULL)
            continue;
        subject.id = arena_copy(&group->arena, subject.id, db_len(result, row, 1));
        if (subject.id == NULL)
            return ERR_NOMEM;
        err = subject_fold(fold, &subject, db_text(result, row, 2), db_len(result, row, 2));
        fold->subjects[fold->count++] = subject;
    }
    return err;
}

static void drop_repeated(struct fold *fold)
{
    struct subject *neighbours = &fold->subjects[fold->touched_count];
    size_t count = fold->count - fold->touched_count, kept = 0;
    if (count > 0)
        qsort(neighbours, count, sizeof *neighbours, subjects_compare);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || subjects_compare(&neighbours[i], &neighbours[kept - 1]) != 0)
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

enum err fold_meet_neighbours(struct fold *fold)
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
