#include "books/recount.h"

#include "base/arena.h"
#include "books/sums.h"
#include "db/facts.h"
#include "db/query.h"
#include "domain/order.h"
#include "sql.h"

struct recount {
    const struct plan *plan;
    struct sums sums;
    struct arena arena; /* of one order at a time */
};

static enum err add_order(void *arg, const struct db_result *result)
{
    struct recount *recount = arg;
    struct fact *facts;
    struct order order;
    arena_clear(&recount->arena);
    enum err err = facts_decode(db_text(result, 0, 0), db_len(result, 0, 0), 0, &recount->arena,
                                &facts, &order.count);
    if (err != ERR_OK)
        return err;
    order.facts = facts;
    struct order_view view = order_at(&order, INSTANT_NEVER);
    sums_add(&recount->sums, recount->plan, &view, 1);
    return ERR_OK;
}

static struct db_args *store_args(const struct plan *plan)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, plan->store);
    return args;
}

static enum err count_orders(struct db *db, struct recount *recount)
{
    enum err err = db_query(db, &sql_recount_no_timeout, NULL, NULL);
    if (err != ERR_OK)
        return err;
    return db_stream(db, &sql_recount_orders, store_args(recount->plan), add_order, recount);
}

/* The old counts go first: sums_write adds to what it finds. */
static enum err replace_counts(struct db *db, struct recount *recount)
{
    enum err err = db_query(db, &sql_tallies_delete, store_args(recount->plan), NULL);
    if (err == ERR_OK)
        err = db_query(db, &sql_waiting_delete, store_args(recount->plan), NULL);
    if (err == ERR_OK)
        err = sums_write(&recount->sums, db);
    return err == ERR_OK ? db_pipeline_run(db, NULL) : err;
}

enum err store_recount(struct db *db, const struct plan *plan)
{
    struct recount recount = {.plan = plan};
    sums_init(&recount.sums);
    arena_init(&recount.arena);
    enum err err = count_orders(db, &recount);
    if (err == ERR_OK)
        err = replace_counts(db, &recount);
    if (err != ERR_OK)
        db_pipeline_clear(db);
    arena_done(&recount.arena);
    sums_done(&recount.sums);
    return err;
}
