#include "books/settings.h"

#include <string.h>

#include "base/clock.h"
#include "books/plan.h"
#include "books/recount.h"
#include "books/verdicts.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* How long a store that is not alone in wanting to move waits for the lock: who holds it may be
 * moving it. */
#define LOCK_WAIT_MS 2000

/* --- the rules to come --- */

/* What stores of a policy are to be counted by. */
struct target {
    const struct policy *policy; /* the version in effect */
    int32_t calendar_version;
};

static enum err load_target(struct rules *rules, struct db *db, const char *policy_id,
                            struct target *ret_target)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, policy_id);
    db_arg_instant(args, clock_now());
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_store_target, args, &result);
    if (err != ERR_OK)
        return err;
    if (db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    else
        err =
            rules_policy(rules, db, policy_id, (int32_t)db_int(result, 0, 0), &ret_target->policy);
    if (err == ERR_OK)
        ret_target->calendar_version = (int32_t)db_int(result, 0, 1);
    db_result_free(result);
    return err;
}

/* Every measure needs its slot before a transaction counts by it. */
static enum err prepare(struct rules *rules, struct db *db, const struct policy *policy)
{
    struct measure measures[POLICY_MEASURES_MAX];
    int32_t slots[POLICY_MEASURES_MAX];
    size_t count = policy_measures(policy, measures);
    enum err err = rules_slots(rules, db, measures, count, slots);
    return err == ERR_NOT_FOUND ? rules_register(db, measures, count) : err;
}

/* --- what makes another count --- */

static bool has_measure(const struct measure *measures, size_t count, const struct measure *measure)
{
    for (size_t i = 0; i < count; i++)
        if (measure_equal(&measures[i], measure))
            return true;
    return false;
}

/* Whether two policies count the same, in whatever order. */
static bool same_measures(const struct policy *a, const struct policy *b)
{
    struct measure of_a[POLICY_MEASURES_MAX], of_b[POLICY_MEASURES_MAX];
    size_t count = policy_measures(a, of_a);
    if (policy_measures(b, of_b) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!has_measure(of_b, count, &of_a[i]))
            return false;
    return true;
}

static bool same_suspended(const struct calendar *a, const struct calendar *b)
{
    if (a->suspended_count != b->suspended_count)
        return false;
    for (size_t i = 0; i < a->suspended_count; i++)
        if (a->suspended[i].from != b->suspended[i].from ||
            a->suspended[i].to != b->suspended[i].to)
            return false;
    return true;
}

static enum err counts_alike(struct rules *rules, struct db *db, const struct counted_by *a,
                             const struct counted_by *b, bool *ret_alike)
{
    const struct policy *of_a, *of_b;
    const struct calendar *days_of_a, *days_of_b;
    enum err err = rules_policy(rules, db, a->policy_id, a->policy_version, &of_a);
    if (err == ERR_OK)
        err = rules_policy(rules, db, b->policy_id, b->policy_version, &of_b);
    if (err == ERR_OK)
        err = rules_calendar(rules, db, a->time_zone, a->calendar_version, &days_of_a);
    if (err == ERR_OK)
        err = rules_calendar(rules, db, b->time_zone, b->calendar_version, &days_of_b);
    if (err == ERR_OK)
        *ret_alike = strcmp(a->time_zone, b->time_zone) == 0 && same_measures(of_a, of_b) &&
                     same_suspended(days_of_a, days_of_b);
    return err;
}

/* --- a change, under the store's lock --- */

/* wait_ms 0: as long as a statement may take. */
static enum err begin(struct db *db, const char *store, int32_t wait_ms)
{
    enum err err = db_begin(db, DB_READ_COMMITTED);
    if (err == ERR_OK && wait_ms > 0) {
        struct db_args *args = db_args_new();
        db_arg_int32(args, wait_ms);
        err = db_query(db, &sql_store_lock_timeout, args, NULL);
    }
    return err == ERR_OK ? stores_lock(db, &store, 1) : err;
}

static enum err end(struct db *db, enum err err)
{
    if (err == ERR_OK)
        err = db_commit(db);
    if (err != ERR_OK)
        db_rollback(db);
    return err;
}

/* Versions never go back: another process may have been ahead of what this one has looked up. */
static void keep_up(struct counted_by *next, const struct counted_by *latest)
{
    if (strcmp(next->policy_id, latest->policy_id) == 0 &&
        next->policy_version < latest->policy_version)
        next->policy_version = latest->policy_version;
    if (next->calendar_version < latest->calendar_version)
        next->calendar_version = latest->calendar_version;
}

static enum err recount_if_needed(struct rules *rules, struct db *db, const char *store,
                                  const struct counted_by *latest, const struct counted_by *next,
                                  int64_t until_ms)
{
    bool alike;
    enum err err = counts_alike(rules, db, latest, next, &alike);
    if (err != ERR_OK || alike)
        return err;
    struct plan plan;
    err = plan_for(rules, db, store, next, &plan);
    return err == ERR_OK ? store_recount_until(db, &plan, until_ms) : err;
}

static void arg_settings(struct db_args *args, const char *store, const struct settings *settings)
{
    db_arg_text(args, store);
    db_arg_text(args, settings->name);
    db_arg_text(args, settings->category);
    db_arg_text(args, settings->time_zone);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < settings->service_count; i++)
        db_add_text(args, settings->services[i]);
    db_arg_text(args, settings->policy_id);
}

/* Readings went on by the old settings until the lock was free and the store recounted, so the
 * new ones hold from the clock's reading after that. */
static enum err add_version(struct db *db, const char *store, const struct settings *settings,
                            const struct counted_by *next)
{
    struct db_args *args = db_args_new();
    arg_settings(args, store, settings);
    db_arg_int32(args, next->policy_version);
    db_arg_int32(args, next->calendar_version);
    db_arg_instant(args, clock_now());
    return db_query(db, &sql_store_settings_add, args, NULL);
}

static enum err put(struct rules *rules, struct db *db, const char *store,
                    const struct settings *settings, const struct target *target, bool *ret_created)
{
    struct db_args *args = db_args_new();
    arg_settings(args, store, settings);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_store_settings_compare, args, &result);
    if (err != ERR_OK)
        return err;
    struct counted_by next = {settings->time_zone, target->policy->id, target->policy->version,
                              target->calendar_version};
    bool created = db_rows(result) == 0, same = false;
    if (!created) {
        struct counted_by latest = {db_text(result, 0, 0), db_text(result, 0, 1),
                                    (int32_t)db_int(result, 0, 2), (int32_t)db_int(result, 0, 3)};
        same = db_bool(result, 0, 4);
        keep_up(&next, &latest);
        if (!same)
            err = recount_if_needed(rules, db, store, &latest, &next, RECOUNT_NO_LIMIT);
    }
    db_result_free(result);
    if (err == ERR_OK && !same)
        err = add_version(db, store, settings, &next);
    if (err == ERR_OK && created)
        err = store_watch(db, store);
    if (err == ERR_OK)
        *ret_created = created;
    return err;
}

/* --- following --- */

/* What the store is counted by; texts borrow from the result. */
static enum err load_latest(struct db *db, const char *store, struct counted_by *ret_latest,
                            struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    db_add_text(args, store);
    enum err err = db_query(db, &sql_stores_latest, args, ret_result);
    if (err != ERR_OK)
        return err;
    if (db_rows(*ret_result) == 0)
        return ERR_NOT_FOUND;
    *ret_latest =
        (struct counted_by){db_text(*ret_result, 0, 1), db_text(*ret_result, 0, 2),
                            (int32_t)db_int(*ret_result, 0, 3), (int32_t)db_int(*ret_result, 0, 4)};
    return ERR_OK;
}

static bool is_behind(const struct counted_by *latest, const struct target *target)
{
    return strcmp(latest->policy_id, target->policy->id) == 0 &&
           (latest->policy_version < target->policy->version ||
            latest->calendar_version < target->calendar_version);
}

/* Under the lock: what was read before it may have changed. */
static enum err move(struct rules *rules, struct db *db, const char *store,
                     const struct target *target, int64_t until_ms)
{
    struct counted_by latest;
    struct db_result *result = NULL;
    enum err err = load_latest(db, store, &latest, &result);
    if (err == ERR_OK && is_behind(&latest, target)) {
        struct counted_by next = {latest.time_zone, target->policy->id, target->policy->version,
                                  target->calendar_version};
        keep_up(&next, &latest);
        err = recount_if_needed(rules, db, store, &latest, &next, until_ms);
        if (err == ERR_OK) {
            struct db_args *args = db_args_new();
            db_arg_text(args, store);
            db_arg_int32(args, next.policy_version);
            db_arg_int32(args, next.calendar_version);
            db_arg_instant(args, clock_now());
            err = db_query(db, &sql_store_settings_follow, args, NULL);
        }
    }
    db_result_free(result);
    return err;
}

static int32_t lock_wait_ms(int64_t until_ms)
{
    int64_t left_ms = until_ms - clock_monotonic_ms();
    return left_ms < 1 ? 1 : left_ms < LOCK_WAIT_MS ? (int32_t)left_ms : LOCK_WAIT_MS;
}

static enum err follow_store(struct rules *rules, struct db *db, const char *store,
                             int64_t until_ms)
{
    struct counted_by latest;
    struct target target;
    struct db_result *result = NULL;
    enum err err = load_latest(db, store, &latest, &result);
    if (err == ERR_OK)
        err = load_target(rules, db, latest.policy_id, &target);
    bool behind = err == ERR_OK && is_behind(&latest, &target);
    db_result_free(result);
    if (behind)
        err = prepare(rules, db, target.policy);
    if (err != ERR_OK || !behind)
        return err;
    err = begin(db, store, lock_wait_ms(until_ms));
    if (err == ERR_OK)
        err = move(rules, db, store, &target, until_ms);
    return end(db, err);
}

enum err settings_put(struct rules *rules, struct db *db, const char *store,
                      const struct settings *settings, bool *ret_created)
{
    struct target target;
    enum err err = load_target(rules, db, settings->policy_id, &target);
    if (err == ERR_OK)
        err = prepare(rules, db, target.policy);
    if (err != ERR_OK)
        return err;
    err = begin(db, store, 0);
    if (err == ERR_OK)
        err = put(rules, db, store, settings, &target, ret_created);
    err = end(db, err);
    /* Who stored a newer version meanwhile may have looked for its stores before this one was
     * there. */
    return err == ERR_OK ? follow_store(rules, db, store, FOLLOW_NO_LIMIT) : err;
}

static enum err ask_behind(struct db *db, const char *policy_id, struct db_result **ret_result)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, policy_id);
    db_arg_instant(args, clock_now());
    return db_query(db, &sql_stores_behind, args, ret_result);
}

static bool may_go_on(struct db *db, const struct follow *follow)
{
    return clock_monotonic_ms() < follow->until_ms && db_is_connected(db) &&
           (follow->stop == NULL || !follow->stop(follow->arg));
}

enum err settings_follow_all(struct rules *rules, struct db *db, const struct follow *follow,
                             int *ret_left)
{
    struct db_result *result = NULL;
    enum err err = ask_behind(db, follow->policy_id, &result);
    if (err != ERR_OK)
        return err;
    int done = 0;
    for (int row = 0; row < db_rows(result) && may_go_on(db, follow); row++) {
        const char *store = db_text(result, row, 0);
        enum err failure = follow_store(rules, db, store, follow->until_ms);
        if (failure == ERR_OK) {
            done++;
            if (follow->moved != NULL)
                follow->moved(follow->arg, store);
        } else if (follow->failed != NULL) {
            follow->failed(follow->arg, store, failure);
        }
    }
    *ret_left = db_rows(result) - done;
    db_result_free(result);
    return ERR_OK;
}
