#include "books/census.h"

#include "books/neighbours.h"
#include "books/row.h"
#include "db/facts.h"
#include "db/query.h"
#include "sql.h"

struct taking {
    const struct census *census;
    struct neighbours neighbours;
    struct arena arena; /* of one entity at a time */
    enum entity entity;
    bool gathering; /* neighbours are gathered; else entities are handed out */
    census_fn *take;
    void *arg;
};

/* Leaves the facts that the census' filter leaves. */
static enum err filter_facts(const struct census *census, struct arena *arena, struct facts *facts)
{
    struct fact *items = arena_alloc(arena, (facts->count + 1) * sizeof *items);
    if (items == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; i < facts->count; i++)
        items[i] = facts->items[i];
    census->filter(census->filter_arg, items, &facts->count);
    facts->items = items;
    return ERR_OK;
}

static enum err take_row(void *arg, const struct db_result *result)
{
    struct taking *taking = arg;
    struct facts facts;
    arena_clear(&taking->arena);
    enum err err =
        facts_decode(db_text(result, 0, 1), db_len(result, 0, 1), &taking->arena, &facts);
    if (err == ERR_OK && taking->census->filter != NULL)
        err = filter_facts(taking->census, &taking->arena, &facts);
    if (err != ERR_OK)
        return err;
    struct census_item item = {
        .id = db_text(result, 0, 0),
        .view = view_of(taking->entity, &facts, taking->census->t),
        .facts = &facts,
    };
    if (taking->gathering) {
        neighbours_add(&taking->neighbours, item.id, &item.view);
        return ERR_OK;
    }
    neighbours_tell(&taking->neighbours, item.id, &item.view);
    if (taking->entity == ENTITY_TICKET)
        item.stored_recontact = db_bool(result, 0, 2);
    return taking->take(taking->arg, &item);
}

static enum err stream_orders(struct db *db, struct taking *taking)
{
    const struct census *census = taking->census;
    struct db_args *args = db_args_new();
    db_arg_text(args, census->store);
    if (census->all)
        return db_stream(db, &sql_recount_orders, args, take_row, taking);
    db_arg_instant(args, census->from);
    db_arg_instant(args, census->t);
    db_arg_instant(args, census->day_end);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < census->also_order_count; i++)
        db_add_text(args, census->also_orders[i]);
    return db_stream(db, &sql_replay_orders, args, take_row, taking);
}

/* Tickets and reviews matter to a day by an event of theirs on it or later; a session may follow
 * one that was closed some minutes before. A defect may be older than the clock of its order
 * (presale). */
static enum err stream_events_since(struct db *db, const struct db_sql *sql, struct taking *taking)
{
    const struct census *census = taking->census;
    struct instant since = {census->from.us - RECONTACT_US};
    bool all = census->all || (taking->gathering && census->defects);
    struct db_args *args = db_args_new();
    db_arg_text(args, census->store);
    db_arg_instant(args, all ? INSTANT_NEVER : since);
    return db_stream(db, sql, args, take_row, taking);
}

static enum err stream(struct db *db, struct taking *taking, enum entity entity, bool gathering)
{
    taking->entity = entity;
    taking->gathering = gathering;
    if (entity == ENTITY_ORDER)
        return stream_orders(db, taking);
    return stream_events_since(
        db, entity == ENTITY_TICKET ? &sql_replay_tickets : &sql_replay_reviews, taking);
}

static enum err take_all(struct db *db, struct taking *taking)
{
    const struct census *census = taking->census;
    bool orders = census->orders, tickets = census->tickets, reviews = census->reviews;
    enum err err = ERR_OK;
    if (tickets || census->defects)
        err = stream(db, taking, ENTITY_TICKET, true);
    if (err == ERR_OK && (reviews || census->defects))
        err = stream(db, taking, ENTITY_REVIEW, true);
    if (err == ERR_OK)
        err = neighbours_seal(&taking->neighbours);
    if (err == ERR_OK && orders)
        err = stream(db, taking, ENTITY_ORDER, false);
    if (err == ERR_OK && tickets)
        err = stream(db, taking, ENTITY_TICKET, false);
    if (err == ERR_OK && reviews)
        err = stream(db, taking, ENTITY_REVIEW, false);
    return err;
}

void census_for(const struct measure *measures, size_t count, struct census *census)
{
    for (size_t i = 0; i < count; i++) {
        census->orders = census->orders || measures[i].of == ENTITY_ORDER;
        census->tickets = census->tickets || measures[i].of == ENTITY_TICKET;
        census->reviews = census->reviews || measures[i].of == ENTITY_REVIEW;
        census->defects = census->defects || measures[i].test == TEST_DEFECT;
    }
}

enum err census_take(struct db *db, const struct census *census, census_fn *take, void *arg)
{
    struct taking taking = {.census = census, .take = take, .arg = arg};
    neighbours_init(&taking.neighbours);
    arena_init(&taking.arena);
    enum err err = take_all(db, &taking);
    arena_done(&taking.arena);
    neighbours_done(&taking.neighbours);
    return err;
}
