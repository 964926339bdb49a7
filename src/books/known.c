#include "books/known.h"

#include <stdlib.h>
#include <string.h>

#include "db/query.h"
#include "sql.h"

void known_init(struct known *known)
{
    *known = (struct known){0};
    arena_init(&known->arena);
}

void known_done(struct known *known)
{
    arena_done(&known->arena);
    free(known->late);
    free(known->retracted);
    free(known->orders);
    *known = (struct known){0};
}

/* --- loading --- */

static int compare_events(const void *a, const void *b)
{
    const struct known_event *x = a, *y = b;
    int by_source = strcmp(x->source, y->source);
    return by_source != 0 ? by_source : strcmp(x->id, y->id);
}

/* Room for `more` elements behind those that there are. */
static enum err grow(void **items, size_t count, size_t more, size_t size)
{
    void *moved = realloc(*items, (count + more + 1) * size);
    if (moved == NULL)
        return ERR_NOMEM;
    *items = moved;
    return ERR_OK;
}

static enum err keep(struct known *known, const struct db_result *result, int row, int column,
                     const char **ret_text)
{
    *ret_text =
        arena_copy(&known->arena, db_text(result, row, column), db_len(result, row, column));
    return *ret_text == NULL ? ERR_NOMEM : ERR_OK;
}

/* Adds the events that a result's first three columns name. */
static enum err take_events(struct known *known, const struct db_result *result,
                            struct known_event **events, size_t *count)
{
    size_t rows = (size_t)db_rows(result);
    enum err err = grow((void **)events, *count, rows, sizeof **events);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct known_event *event = &(*events)[*count];
        event->received = db_instant(result, row, 2);
        err = keep(known, result, row, 0, &event->source);
        if (err == ERR_OK)
            err = keep(known, result, row, 1, &event->id);
        if (err == ERR_OK)
            (*count)++;
    }
    return err;
}

static enum err take_orders(struct known *known, const struct db_result *result)
{
    enum err err = grow((void **)&known->orders, known->order_count, (size_t)db_rows(result),
                        sizeof *known->orders);
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        if (db_is_null(result, row, 3))
            continue;
        err = keep(known, result, row, 3, &known->orders[known->order_count]);
        if (err == ERR_OK)
            known->order_count++;
    }
    return err;
}

static enum err load_late(struct db *db, const char *store, struct instant at, struct known *known)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, at);
    db_arg_int(args, KNOWN_LATE_MAX + 1);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_known_late, args, &result);
    if (err != ERR_OK)
        return err;
    err = db_rows(result) > KNOWN_LATE_MAX
              ? ERR_TOO_LARGE
              : take_events(known, result, &known->late, &known->late_count);
    if (err == ERR_OK)
        err = take_orders(known, result);
    db_result_free(result);
    return err;
}

static enum err load_retracted(struct db *db, const char *store, struct known *known)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_instant(args, known->from);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_known_retractions, args, &result);
    if (err == ERR_OK)
        err = take_events(known, result, &known->retracted, &known->retracted_count);
    db_result_free(result);
    return err;
}

enum err known_load(struct db *db, const char *store, struct instant from, struct instant to,
                    struct known *known)
{
    known->from = from;
    known->to = to;
    enum err err = load_late(db, store, from, known);
    if (err == ERR_OK)
        err = load_late(db, store, to, known);
    if (err == ERR_OK)
        err = load_retracted(db, store, known);
    if (err != ERR_OK)
        return err;
    qsort(known->late, known->late_count, sizeof *known->late, compare_events);
    qsort(known->retracted, known->retracted_count, sizeof *known->retracted, compare_events);
    return ERR_OK;
}

/* --- asking --- */

/* Anything is received after `from`, or it would not be in the list. */
static bool any_by(const struct known_event *events, size_t count, struct instant to)
{
    for (size_t i = 0; i < count; i++)
        if (!instant_before(to, events[i].received))
            return true;
    return false;
}

bool known_has_late(const struct known *known)
{
    return any_by(known->late, known->late_count, known->to);
}

bool known_has_retracted(const struct known *known)
{
    return any_by(known->retracted, known->retracted_count, known->to);
}

/* Whether the event is in the list, as received after `at`. */
static bool is_after(const struct known_event *events, size_t count, const struct fact *fact,
                     struct instant at)
{
    const struct known_event key = {.source = fact->source, .id = fact->id};
    const struct known_event *event =
        count == 0 ? NULL : bsearch(&key, events, count, sizeof key, compare_events);
    return event != NULL && instant_before(at, event->received);
}

/* What is retracted and not in the list was so at `from` already. */
static bool is_known(const struct known_at *at, const struct fact *fact)
{
    const struct known *known = at->known;
    struct instant by = fact_is_own(fact->kind) ? at->exemptions : at->facts;
    if (is_after(known->late, known->late_count, fact, by))
        return false;
    return instant_is_never(fact->retracted_at) ||
           is_after(known->retracted, known->retracted_count, fact, at->retractions);
}

void known_filter(void *arg, struct fact *items, size_t *count)
{
    const struct known_at *at = arg;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (!is_known(at, &items[i]))
            continue;
        struct fact *fact = &items[kept++];
        *fact = items[i];
        fact->retracted_at = INSTANT_NEVER;
        /* No view depends on where such a fact stands among the others. */
        bool later = at->exemptions.us != at->known->from.us && fact->at.us <= at->known->to.us;
        if (later && fact_is_own(fact->kind))
            fact->at = instant_min(fact->at, at->known->from);
    }
    *count = kept;
}
