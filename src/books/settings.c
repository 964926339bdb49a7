#include "books/settings.h"

#include <string.h>

#include "base/clock.h"
#include "books/plan.h"
#include "books/recount.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* --- the rules to come --- */

enum err settings_policy(struct rules *rules, struct db *db, const char *policy_id,
                         const struct policy **ret_policy)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, policy_id);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_policy_newest, args, &result);
    if (err != ERR_OK)
        return err;
    if (db_rows(result) == 0)
        err = ERR_NOT_FOUND;
    else
        err = rules_policy(rules, db, policy_id, (int32_t)db_int(result, 0, 0), ret_policy);
    db_result_free(result);
    return err;
}

/* The newest version, with a slot for each of its measures: they have to stand before a
 * transaction counts by them. */
static enum err prepare_policy(struct rules *rules, struct db *db, const char *policy_id,
                               const struct policy **ret_policy)
{
    enum err err = settings_policy(rules, db, policy_id, ret_policy);
    if (err != ERR_OK)
        return err;
    struct measure measures[POLICY_MEASURES_MAX];
    size_t count = policy_measures(*ret_policy, measures);
    return rules_register(db, measures, count);
}

static bool has_measure(const struct measure *measures, size_t count,
                        const struct measure *measure)
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

/* --- a change, under the store's lock --- */

/* Settings as the database has them; NULL texts: the store is new. Borrowed from the query's
 * result. */
struct latest {
    const char *time_zone;
    const char *policy_id;
    int32_t policy_version;
    bool same; /* as what they were compared with */
};

static enum err begin(struct db *db, const char *store)
{
    enum err err = db_begin(db, DB_READ_COMMITTED);
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

static enum err recount_if_needed(struct rules *rules, struct db *db, const char *store,
                                  const struct latest *latest, const char *time_zone,
                                  const struct policy *policy)
{
    const struct policy *old;
    enum err err = rules_policy(rules, db, latest->policy_id, latest->policy_version, &old);
    if (err != ERR_OK)
        return err;
    if (strcmp(latest->time_zone, time_zone) == 0 && same_measures(old, policy))
        return ERR_OK;
    struct plan plan;
    err = plan_for(rules, db, store, time_zone, policy->id, policy->version, &plan);
    return err == ERR_OK ? store_recount(db, &plan) : err;
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
                            const struct policy *policy)
{
    struct db_args *args = db_args_new();
    arg_settings(args, store, settings);
    db_arg_int32(args, policy->version);
    db_arg_instant(args, clock_now());
    return db_query(db, &sql_store_settings_add, args, NULL);
}

static enum err put(struct rules *rules, struct db *db, const char *store,
                    const struct settings *settings, const struct policy *policy, bool *ret_created)
{
    struct db_args *args = db_args_new();
    arg_settings(args, store, settings);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_store_settings_compare, args, &result);
    if (err != ERR_OK)
        return err;
    bool created = db_rows(result) == 0, same = false;
    if (!created) {
        struct latest latest = {db_text(result, 0, 0), db_text(result, 0, 1),
                                (int32_t)db_int(result, 0, 2), db_bool(result, 0, 3)};
        same = latest.same;
        if (!same)
            err = recount_if_needed(rules, db, store, &latest, settings->time_zone, policy);
    }
    db_result_free(result);
    if (err == ERR_OK && !same)
        err = add_version(db, store, settings, policy);
    if (err == ERR_OK)
        *ret_created = created;
    return err;
}

enum err settings_put(struct rules *rules, struct db *db, const char *store,
                      const struct settings *settings, bool *ret_created)
{
    const struct policy *policy;
    enum err err = prepare_policy(rules, db, settings->policy_id, &policy);
    if (err != ERR_OK)
        return err;
    err = begin(db, store);
    if (err == ERR_OK)
        err = put(rules, db, store, settings, policy, ret_created);
    err = end(db, err);
    /* Who stored a newer version meanwhile may have looked for its stores before this one was
     * there. */
    return err == ERR_OK ? settings_follow(rules, db, store) : err;
}

/* --- following a policy --- */

/* The store's latest settings into `latest`, whose texts borrow from the result. */
static enum err load_latest(struct db *db, const char *store, struct latest *ret_latest,
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
    *ret_latest = (struct latest){.time_zone = db_text(*ret_result, 0, 1),
                                  .policy_id = db_text(*ret_result, 0, 2),
                                  .policy_version = (int32_t)db_int(*ret_result, 0, 3)};
    return ERR_OK;
}

static bool is_behind(const struct latest *latest, const struct policy *policy)
{
    return strcmp(latest->policy_id, policy->id) == 0 && latest->policy_version < policy->version;
}

/* Under the lock: what was read before it may have changed. */
static enum err move(struct rules *rules, struct db *db, const char *store,
                     const struct policy *policy)
{
    struct latest latest;
    struct db_result *result = NULL;
    enum err err = load_latest(db, store, &latest, &result);
    if (err == ERR_OK && is_behind(&latest, policy)) {
        err = recount_if_needed(rules, db, store, &latest, latest.time_zone, policy);
        if (err == ERR_OK) {
            struct db_args *args = db_args_new();
            db_arg_text(args, store);
            db_arg_int32(args, policy->version);
            db_arg_instant(args, clock_now());
            err = db_query(db, &sql_store_settings_follow, args, NULL);
        }
    }
    db_result_free(result);
    return err;
}

enum err settings_follow(struct rules *rules, struct db *db, const char *store)
{
    struct latest latest;
    const struct policy *policy = NULL;
    struct db_result *result = NULL;
    enum err err = load_latest(db, store, &latest, &result);
    if (err == ERR_OK)
        err = settings_policy(rules, db, latest.policy_id, &policy);
    bool behind = err == ERR_OK && is_behind(&latest, policy);
    if (behind)
        err = prepare_policy(rules, db, latest.policy_id, &policy);
    db_result_free(result);
    if (err != ERR_OK || !behind)
        return err;
    err = begin(db, store);
    if (err == ERR_OK)
        err = move(rules, db, store, policy);
    return end(db, err);
}

enum err settings_follow_all(struct rules *rules, struct db *db, const char *policy_id)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, policy_id);
    struct db_result *result = NULL;
    enum err first = db_query(db, &sql_stores_behind, args, &result);
    if (first != ERR_OK)
        return first;
    for (int row = 0; row < db_rows(result); row++) {
        enum err err = settings_follow(rules, db, db_text(result, row, 0));
        if (first == ERR_OK)
            first = err;
    }
    db_result_free(result);
    return first;
}
