#include "books/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "books/excused.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* Stores share 256 locks; the buckets can also split the work between writers. */
#define LOCK_BUCKETS 256
#define LOCK_BASE                                                                                  \
    INT64_C(0x77696e6476000000) /* "windv": keeps clear of other programs' advisory locks */

static uint32_t lock_bucket(const char *store)
{
    return (uint32_t)(hash_text(store) % LOCK_BUCKETS);
}

enum err stores_lock_ask(struct db *db, const char *const *stores, size_t count)
{
    bool wanted[LOCK_BUCKETS] = {false};
    for (size_t i = 0; i < count; i++)
        wanted[lock_bucket(stores[i])] = true;
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_INTS);
    for (int bucket = 0; bucket < LOCK_BUCKETS;
         bucket++) /* ascending, so that two writers cannot deadlock */
        if (wanted[bucket])
            db_add_int(args, LOCK_BASE + bucket);
    return db_pipeline_add(db, &sql_stores_lock, args);
}

enum err stores_lock(struct db *db, const char *const *stores, size_t count)
{
    enum err err = stores_lock_ask(db, stores, count);
    return err == ERR_OK ? db_pipeline_run(db, NULL) : err;
}

/* Without what reports excuse. */
static enum err plan_by(struct rules *rules, struct db *db, const char *store,
                        const struct counted_by *counted_by, struct plan *ret_plan)
{
    struct plan plan = {.store = store, .exists = true};
    enum err err = rules_calendar(rules, db, counted_by->time_zone, counted_by->calendar_version,
                                  &plan.calendar);
    if (err == ERR_OK)
        err = rules_policy(rules, db, counted_by->policy_id, counted_by->policy_version,
                           &plan.policy);
    const struct policy_slots *counted = NULL;
    if (err == ERR_OK)
        err = rules_policy_slots(rules, db, plan.policy, &counted);
    if (err != ERR_OK)
        return err;
    plan.measure_count = counted->count;
    plan.measures = counted->measures;
    plan.slots = counted->slots;
    for (size_t i = 0; i < plan.measure_count; i++)
        if (plan.counts_len < 2 * ((size_t)plan.slots[i] + 1))
            plan.counts_len = 2 * ((size_t)plan.slots[i] + 1);
    for (size_t i = 0; i < plan.measure_count; i++) {
        if (plan.measures[i].kind == MEASURE_WITHIN && plan.measures[i].of == ENTITY_ORDER)
            plan.series[measure_series(&plan.measures[i])] = true;
        plan.defects = plan.defects || plan.measures[i].test == TEST_DEFECT;
    }
    *ret_plan = plan;
    return ERR_OK;
}

enum err plans_ask(struct db *db, const char *const *stores, size_t count, struct plan *plans)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++) {
        db_add_text(args, stores[i]);
        plans[i] = (struct plan){.store = stores[i]};
    }
    return db_pipeline_add(db, &sql_stores_latest, args);
}

enum err plans_take(struct rules *rules, struct db *db, const struct db_result *result,
                    struct plan *plans)
{
    enum err err = ERR_OK;
    for (int row = 0; err == ERR_OK && row < db_rows(result); row++) {
        struct plan *plan = &plans[db_int(result, row, 0) - 1];
        struct counted_by counted_by = {db_text(result, row, 1), db_text(result, row, 2),
                                        (int32_t)db_int(result, row, 3),
                                        (int32_t)db_int(result, row, 4)};
        err = plan_by(rules, db, plan->store, &counted_by, plan);
        if (err == ERR_OK)
            err = excused_take(rules, result, row, 7, plan->calendar, &plan->calendar);
        if (db_int(result, row, 5) > 1)
            plan->since = db_instant(result, row, 6);
    }
    return err;
}

enum err plan_for(struct rules *rules, struct db *db, const char *store,
                  const struct counted_by *counted_by, struct plan *ret_plan)
{
    struct plan plan, latest;
    struct db_result *result = NULL;
    enum err err = plan_by(rules, db, store, counted_by, &plan);
    if (err == ERR_OK)
        err = plans_ask(db, &store, 1, &latest);
    if (err == ERR_OK)
        err = db_pipeline_run(db, &result);
    if (err == ERR_OK && db_rows(result) > 0)
        err = excused_take(rules, result, 0, 7, plan.calendar, &plan.calendar);
    db_result_free(result);
    if (err == ERR_OK)
        *ret_plan = plan;
    return err;
}

enum err plans_load(struct rules *rules, struct db *db, const char *const *stores, size_t count,
                    struct plan *plans)
{
    struct db_result *result = NULL;
    enum err err = plans_ask(db, stores, count, plans);
    if (err == ERR_OK)
        err = db_pipeline_run(db, &result);
    if (err == ERR_OK)
        err = plans_take(rules, db, result, plans);
    db_result_free(result);
    return err;
}
