#include "books/forecasts.h"

#include "books/census.h"
#include "books/excused.h"
#include "db/facts.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* A curve of fewer collections says nothing. */
#define LEAST_COLLECTED 30

/* --- the store's own orders --- */

struct learning {
    const struct question *q;
    struct sightings *sightings;
    struct open_orders *open;
};

static enum err learn(void *arg, const struct census_item *item)
{
    struct learning *learning = arg;
    open_orders_add(learning->q, &item->view.order, learning->open);
    struct order_view then = order_at(item->facts, learning->sightings->until);
    sightings_add(learning->sightings, &then);
    return ERR_OK;
}

static enum err learn_own(struct db *db, const struct asked *asked, struct learning *learning)
{
    const struct question *q = learning->q;
    int32_t today = calendar_day(q->calendar, q->t);
    sightings_begin(q->calendar, today, learning->sightings);
    struct census census = {
        .store = asked->store,
        .t = q->t,
        .from = learning->sightings->from,
        .day_end = calendar_end(q->calendar, today),
        .orders = true,
    };
    return census_take(db, &census, learn, learning);
}

/* --- the category's --- */

/* So many stores, and of each so many orders, are enough to say how a category collects; fewer
 * stores could be told apart. */
#define POOL_STORES_LEAST 3
#define POOL_STORES_MOST 20
#define POOL_ORDERS 5000

struct peer {
    const char *store;
    const char *time_zone;
    int32_t calendar_version;
};

static enum err find_peers(struct db *db, const struct asked *asked, const struct question *q,
                           const struct sightings *own, struct arena *arena,
                           struct peer ret_peers[static POOL_STORES_MOST], size_t *ret_count)
{
    struct db_args *args = db_args_new();
    struct db_result *result = NULL;
    db_arg_text(args, asked->store);
    db_arg_instant(args, q->t);
    db_arg_instant(args, own->window);
    db_arg_instant(args, own->until);
    db_arg_int32(args, POOL_STORES_MOST);
    enum err err = db_query(db, &sql_forecast_peers, args, &result);
    if (err != ERR_OK)
        return err;
    *ret_count = (size_t)db_rows(result);
    for (size_t i = 0; err == ERR_OK && i < *ret_count; i++) {
        int row = (int)i;
        struct peer *peer = &ret_peers[i];
        peer->store = arena_copy(arena, db_text(result, row, 0), db_len(result, row, 0));
        peer->time_zone = arena_copy(arena, db_text(result, row, 1), db_len(result, row, 1));
        peer->calendar_version = (int32_t)db_int(result, row, 2);
        if (peer->store == NULL || peer->time_zone == NULL)
            err = ERR_NOMEM;
    }
    db_result_free(result);
    return err;
}

struct learning_peer {
    struct sightings *sightings;
    struct arena arena; /* of one order at a time */
};

static enum err learn_peer_order(void *arg, const struct db_result *result)
{
    struct learning_peer *learning = arg;
    struct facts facts;
    arena_clear(&learning->arena);
    enum err err =
        facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), &learning->arena, &facts);
    if (err != ERR_OK)
        return err;
    struct order_view then = order_at(&facts, learning->sightings->until);
    sightings_add(learning->sightings, &then);
    return ERR_OK;
}

static enum err learn_peer(struct rules *rules, struct db *db, const struct peer *peer,
                           struct instant t, struct sightings *sightings, struct curve_cells *cells)
{
    const struct calendar *calendar;
    enum err err = rules_calendar(rules, db, peer->time_zone, peer->calendar_version, &calendar);
    if (err == ERR_OK)
        err = excused_at(rules, db, peer->store, t, calendar, &calendar);
    if (err != ERR_OK)
        return err;
    sightings_begin(calendar, calendar_day(calendar, t), sightings);
    struct db_args *args = db_args_new();
    db_arg_text(args, peer->store);
    db_arg_instant(args, sightings->from);
    db_arg_instant(args, sightings->until);
    db_arg_int32(args, POOL_ORDERS);
    struct learning_peer learning = {.sightings = sightings};
    arena_init(&learning.arena);
    err = db_stream(db, &sql_forecast_orders, args, learn_peer_order, &learning);
    arena_done(&learning.arena);
    if (err == ERR_OK)
        curve_cells_add(sightings, cells);
    return err;
}

/* Adds what a thin store borrows. */
static enum err pool(struct rules *rules, struct db *db, const struct asked *asked,
                     const struct question *q, const struct sightings *own, struct arena *arena,
                     struct curve_cells *cells, struct forecast_basis *basis)
{
    struct peer peers[POOL_STORES_MOST];
    size_t count;
    enum err err = find_peers(db, asked, q, own, arena, peers, &count);
    if (err != ERR_OK || count < POOL_STORES_LEAST)
        return err;
    struct sightings *sightings = arena_alloc(arena, sizeof *sightings);
    struct curve_cells *category = arena_alloc(arena, sizeof *category);
    if (sightings == NULL || category == NULL)
        return ERR_NOMEM;
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = learn_peer(rules, db, &peers[i], q->t, sightings, category);
    if (err != ERR_OK || curve_cells_events(category) < LEAST_COLLECTED)
        return err;
    basis->pooled_stores = (int64_t)count;
    basis->weight = curve_cells_pool(category, cells);
    return ERR_OK;
}

/* --- all of it --- */

/* ret_known: false when too little was seen of the store, and of its category. */
static enum err learn_curve(struct rules *rules, struct db *db, const struct asked *asked,
                            const struct question *q, const struct sightings *own,
                            struct arena *arena, struct forecast_basis *basis, bool *ret_known,
                            struct curve *ret_curve)
{
    struct curve_cells *cells = arena_alloc(arena, sizeof *cells);
    if (cells == NULL)
        return ERR_NOMEM;
    curve_cells_add(own, cells);
    enum err err = ERR_OK;
    if (basis->collected < CURVE_THIN)
        err = pool(rules, db, asked, q, own, arena, cells, basis);
    *ret_known = basis->pooled_stores > 0 || basis->collected >= LEAST_COLLECTED;
    if (err == ERR_OK && *ret_known) {
        curve_fit(cells, ret_curve);
        curve_spread(own, ret_curve);
    }
    return err;
}

static struct forecast_basis basis_of(const struct question *q, const struct sightings *own)
{
    int32_t today = calendar_day(q->calendar, q->t);
    return (struct forecast_basis){
        .first_day = calendar_day(q->calendar, own->window),
        .last_day = today - 1,
        .orders = own->orders,
        .collected = own->collected,
        .weight = FORECAST_WHOLE,
    };
}

enum err forecast_read(struct rules *rules, struct db *db, const struct asked *asked,
                       const struct in_force *in_force, struct arena *arena,
                       struct forecasted *ret_forecasted)
{
    const struct question *q = &in_force->q;
    struct forecasted *all = ret_forecasted;
    struct learning learning = {
        .q = q,
        .sightings = arena_alloc(arena, sizeof *learning.sightings),
        .open = arena_alloc(arena, sizeof *learning.open),
    };
    if (learning.sightings == NULL || learning.open == NULL)
        return ERR_NOMEM;
    enum err err = read_backlog(rules, db, asked, in_force, arena, &all->reading, &all->backlog);
    if (err == ERR_OK)
        err = learn_own(db, asked, &learning);
    if (err != ERR_OK)
        return err;
    struct curve curve;
    bool known;
    all->basis = basis_of(q, learning.sightings);
    err = learn_curve(rules, db, asked, q, learning.sightings, arena, &all->basis, &known, &curve);
    if (err != ERR_OK)
        return err;
    all->listed = &all->reading.cohorts[all->reading.cohort_count - COHORTS_LISTED];
    forecast_compute(q, known ? &curve : NULL, all->listed, learning.open, &all->backlog,
                     &all->forecast);
    all->capacity = capacity_of(learning.sightings);
    all->intake_mark = intake_mark(&q->policy->backlog);
    all->safe_intake = all->capacity.known ? intake_safe(&all->capacity, &all->intake_mark) : 0;
    return ERR_OK;
}
