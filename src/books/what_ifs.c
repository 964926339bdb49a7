#include "books/what_ifs.h"

#include <stdlib.h>
#include <string.h>

#include "books/census.h"

/* An order that is named. */
struct named {
    const char *order;
    struct what_if_part *part;
    size_t index;
};

/* An open order that is not. */
struct candidate {
    struct instant t0;
    struct help_worth worth;
    bool used;
};

struct asking {
    const struct question *q;
    struct what_if *what_if;
    struct named *named; /* ascending by order */
    size_t named_count;
    bool counted; /* some are asked for by their number */
    struct candidate *candidates;
    size_t candidate_count, candidate_room;
    struct backlog_reading *after;
};

static bool is_counted(const struct what_if_part *part)
{
    return part->order_count == 0 && part->count > 0;
}

/* --- helping one --- */

static void apply(struct asking *asking, struct what_if_part *part, const struct order_view *view)
{
    help_apply(asking->q, &part->help, view, asking->after);
    part->applied++;
}

/* --- going through the orders --- */

static int by_order(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return strcmp(x->order, y->order);
}

static struct named *find_named(struct asking *asking, const char *order)
{
    struct named key = {.order = order};
    return bsearch(&key, asking->named, asking->named_count, sizeof key, by_order);
}

static enum err add_candidate(struct asking *asking, struct instant t0)
{
    if (asking->candidate_count == asking->candidate_room) {
        size_t room = asking->candidate_room == 0 ? 1024 : 2 * asking->candidate_room;
        struct candidate *grown = realloc(asking->candidates, room * sizeof *grown);
        if (grown == NULL)
            return ERR_NOMEM;
        asking->candidates = grown;
        asking->candidate_room = room;
    }
    asking->candidates[asking->candidate_count++] = (struct candidate){.t0 = t0};
    return ERR_OK;
}

static bool can_be_excused(const struct asking *asking, const struct order_view *view)
{
    const struct help *help = &asking->what_if->parts[REMEDY_EXEMPT].help;
    return help_try(asking->q, help, view) == HELP_APPLIED;
}

static enum err take_order(void *arg, const struct census_item *item)
{
    struct asking *asking = arg;
    const struct order_view *view = &item->view.order;
    struct named *named = find_named(asking, item->id);
    if (named == NULL)
        /* Whatever can be collected can be excused. */
        return asking->counted && can_be_excused(asking, view) ? add_candidate(asking, view->t0)
                                                               : ERR_OK;
    enum help_result result = help_try(asking->q, &named->part->help, view);
    named->part->results[named->index] = result;
    if (result == HELP_APPLIED)
        apply(asking, named->part, view);
    return ERR_OK;
}

static enum err name_orders(struct asking *asking, struct arena *arena)
{
    struct what_if_part *parts = asking->what_if->parts;
    size_t count = parts[0].order_count + parts[1].order_count;
    asking->named = arena_alloc(arena, (count + 1) * sizeof *asking->named);
    if (asking->named == NULL)
        return ERR_NOMEM;
    for (size_t p = 0; p < 2; p++)
        for (size_t i = 0; i < parts[p].order_count; i++) {
            parts[p].results[i] = HELP_NOT_FOUND;
            asking->named[asking->named_count++] = (struct named){parts[p].orders[i], &parts[p], i};
        }
    qsort(asking->named, count, sizeof *asking->named, by_order);
    return ERR_OK;
}

static enum err take_orders(struct db *db, const struct asked *asked, struct asking *asking,
                            struct arena *arena)
{
    const struct question *q = asking->q;
    const char **also = arena_alloc(arena, (asking->named_count + 1) * sizeof *also);
    if (also == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < asking->named_count; i++)
        also[i] = asking->named[i].order;
    struct census census = {
        .store = asked->store,
        .t = q->t,
        .from = calendar_start(q->calendar, reading_listed(asking->after)->day),
        .day_end = calendar_end(q->calendar, calendar_day(q->calendar, q->t)),
        .orders = true,
        .also_orders = also,
        .also_order_count = asking->named_count,
    };
    return census_take(db, &census, take_order, asking);
}

/* --- so many of the rest --- */

static int by_worth(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->used != y->used)
        return x->used ? 1 : -1;
    int order = help_worth_compare(&x->worth, &y->worth);
    return order != 0 ? order : (x->t0.us > y->t0.us) - (x->t0.us < y->t0.us);
}

static void help_candidate(struct asking *asking, struct what_if_part *part,
                           struct candidate *candidate)
{
    struct order_view open = {.placed = true,
                              .counts = true,
                              .t0 = candidate->t0,
                              .collected = INSTANT_NEVER,
                              .cancelled = INSTANT_NEVER};
    if (candidate->used || help_try(asking->q, &part->help, &open) != HELP_APPLIED)
        return;
    candidate->used = true;
    apply(asking, part, &open);
}

static void help_some(struct asking *asking, struct what_if_part *part)
{
    if (!is_counted(part))
        return;
    for (size_t i = 0; i < asking->candidate_count; i++)
        asking->candidates[i].worth = help_worth(asking->q, &part->help, asking->candidates[i].t0);
    qsort(asking->candidates, asking->candidate_count, sizeof *asking->candidates, by_worth);
    for (size_t i = 0; i < asking->candidate_count && part->applied < part->count; i++)
        help_candidate(asking, part, &asking->candidates[i]);
}

/* --- all of it --- */

static enum err go_through(struct db *db, const struct asked *asked, struct asking *asking,
                           struct arena *arena)
{
    struct what_if_part *parts = asking->what_if->parts;
    asking->counted = is_counted(&parts[REMEDY_COLLECT]) || is_counted(&parts[REMEDY_EXEMPT]);
    enum err err = name_orders(asking, arena);
    if (err == ERR_OK)
        err = take_orders(db, asked, asking, arena);
    if (err == ERR_OK) {
        help_some(asking, &parts[REMEDY_EXEMPT]);
        help_some(asking, &parts[REMEDY_COLLECT]);
    }
    free(asking->candidates);
    return err;
}

enum err what_if_read(struct rules *rules, struct db *db, const struct asked *asked,
                      const struct in_force *in_force, struct arena *arena, struct what_if *what_if,
                      struct what_if_side *ret_before, struct what_if_side *ret_after)
{
    const struct question *q = &in_force->q;
    struct what_if_side before, after;
    enum err err =
        read_backlog(rules, db, asked, in_force, arena, &before.reading, &before.backlog);
    if (err == ERR_OK)
        err = copy_backlog_reading(&before.reading, arena, &after.reading);
    if (err != ERR_OK)
        return err;
    struct asking asking = {.q = q, .what_if = what_if, .after = &after.reading};
    err = go_through(db, asked, &asking, arena);
    if (err != ERR_OK)
        return err;
    /* Help ends restrictions and begins none, so the days that were enough are enough. */
    if (!backlog_assess(q, &after.reading, &in_force->feeds, true, &after.backlog))
        return ERR_INTERNAL;
    *ret_before = before;
    *ret_after = after;
    return ERR_OK;
}
