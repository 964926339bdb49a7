#include "books/recount.h"

#include "base/clock.h"
#include "books/census.h"
#include "db/query.h"
#include "sql.h"

struct counting {
    const struct plan *plan;
    struct sums *sums;
    int64_t until_ms;
};

static enum err add_item(void *arg, const struct census_item *item)
{
    struct counting *counting = arg;
    sums_add(counting->sums, counting->plan, &item->view, 1);
    return clock_monotonic_ms() < counting->until_ms ? ERR_OK : ERR_UNAVAILABLE;
}

static enum err count_until(struct db *db, const struct plan *plan, int64_t until_ms,
                            struct sums *sums)
{
    struct census census = {.store = plan->store, .t = INSTANT_NEVER, .all = true};
    struct counting counting = {plan, sums, until_ms};
    census_for(plan->measures, plan->measure_count, &census);
    enum err err = census_take(db, &census, add_item, &counting);
    return err == ERR_OK && sums->no_memory ? ERR_NOMEM : err;
}

enum err store_count(struct db *db, const struct plan *plan, struct sums *sums)
{
    return count_until(db, plan, RECOUNT_NO_LIMIT, sums);
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

/* For what the database does before the first entity comes. */
static enum err limit_statements(struct db *db, int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_monotonic_ms();
    if (left_ms <= 0)
        return ERR_UNAVAILABLE;
    struct db_args *args = db_args_new();
    db_arg_int32(args, left_ms > INT32_MAX ? 0 : (int32_t)left_ms);
    return db_query(db, &sql_recount_timeout, args, NULL);
}

enum err store_recount_until(struct db *db, const struct plan *plan, int64_t until_ms)
{
    struct sums sums;
    sums_init(&sums);
    enum err err = limit_statements(db, until_ms);
    if (err == ERR_OK)
        err = count_until(db, plan, until_ms, &sums);
    if (err == ERR_OK)
        err = replace_counts(db, plan, &sums);
    if (err != ERR_OK)
        db_pipeline_clear(db);
    sums_done(&sums);
    return err;
}

enum err store_recount(struct db *db, const struct plan *plan)
{
    return store_recount_until(db, plan, RECOUNT_NO_LIMIT);
}
