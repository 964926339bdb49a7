#include "books/recount.h"

#include "books/census.h"
#include "db/query.h"
#include "sql.h"

struct counting {
    const struct plan *plan;
    struct sums *sums;
};

static enum err add_item(void *arg, const struct census_item *item)
{
    struct counting *counting = arg;
    sums_add(counting->sums, counting->plan, &item->view, 1);
    return ERR_OK;
}

enum err store_count(struct db *db, const struct plan *plan, struct sums *sums)
{
    struct census census = {.store = plan->store, .t = INSTANT_NEVER, .all = true};
    struct counting counting = {plan, sums};
    census_for(plan->measures, plan->measure_count, &census);
    enum err err = census_take(db, &census, add_item, &counting);
    return err == ERR_OK && sums->no_memory ? ERR_NOMEM : err;
}

static struct db_args *store_args(const struct plan *plan)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, plan->store);
    return args;
}

/* The old counts go first: sums_write adds to what it finds. */
static enum err replace_counts(struct db *db, const struct plan *plan, struct sums *sums)
{
    enum err err = db_query(db, &sql_tallies_delete, store_args(plan), NULL);
    if (err == ERR_OK)
        err = db_query(db, &sql_waiting_delete, store_args(plan), NULL);
    if (err == ERR_OK)
        err = sums_write(sums, db);
    return err == ERR_OK ? db_pipeline_run(db, NULL) : err;
}

enum err store_recount(struct db *db, const struct plan *plan)
{
    struct sums sums;
    sums_init(&sums);
    enum err err = db_query(db, &sql_recount_no_timeout, NULL, NULL);
    if (err == ERR_OK)
        err = store_count(db, plan, &sums);
    if (err == ERR_OK)
        err = replace_counts(db, plan, &sums);
    if (err != ERR_OK)
        db_pipeline_clear(db);
    sums_done(&sums);
    return err;
}
