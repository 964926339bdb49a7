#include "books/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* One of benchmarks.numbers: count, mean, quantiles. */
#define STATISTICS_INTS (2 + QUANTILES)

/* --- what is compared --- */

/* The stores of a category on a day. */
struct group {
    const char *category;
    const struct policy *policy;
    int32_t day;
    struct instant published_at;
    size_t stores;
    size_t ranked;    /* numbers that stores have a rank in: the composite and the factors */
    int64_t *numbers; /* [number][store] */
    int64_t *ranks;   /* [ranked number][store] */
    int64_t *scratch; /* [store]: one number, sorted */
    struct statistics statistics[PEER_NUMBERS_MAX];
};

static void group_free(struct group *group)
{
    free(group->numbers);
    free(group->ranks);
    free(group->scratch);
}

static enum err group_alloc(struct group *group)
{
    size_t room = group->stores + 1;
    group->numbers = calloc(peer_numbers(group->policy) * room, sizeof *group->numbers);
    group->ranks = calloc(group->ranked * room, sizeof *group->ranks);
    group->scratch = calloc(room, sizeof *group->scratch);
    return group->numbers == NULL || group->ranks == NULL || group->scratch == NULL ? ERR_NOMEM
                                                                                    : ERR_OK;
}

static void set_number(struct group *group, size_t number, size_t store, int64_t value)
{
    group->numbers[number * group->stores + store] = value;
}

enum column { STORE, STATUS, POINTS, FACTOR_POINTS, COMPOSITE_POINTS, SUMS, VALIDS };

/* The composite of a novice is none to be compared with. */
static void take_store(struct group *group, const struct db_result *result, size_t i)
{
    const struct policy *policy = group->policy;
    int row = (int)i;
    bool scored = db_int(result, row, STATUS) == STATUS_SCORED;
    set_number(group, 0, i, scored ? db_int(result, row, POINTS) : PEER_NONE);

    int64_t points[POLICY_METRICS_MAX], sums[POLICY_METRICS_MAX], valids[POLICY_METRICS_MAX];
    size_t count = db_ints(result, row, FACTOR_POINTS, points, POLICY_FACTORS_MAX);
    for (size_t f = 0; f < policy->factor_count; f++)
        set_number(group, peer_factor(f), i, f < count ? points[f] : PEER_NONE);
    count = db_ints(result, row, COMPOSITE_POINTS, points, POLICY_COMPOSITES_MAX);
    for (size_t c = 0; c < policy->composite_count; c++)
        set_number(group, peer_composite(policy, c), i, c < count ? points[c] : PEER_NONE);
    count = db_ints(result, row, VALIDS, valids, POLICY_METRICS_MAX);
    (void)db_ints(result, row, SUMS, sums, POLICY_METRICS_MAX);
    for (size_t m = 0; m < policy->metric_count; m++) {
        struct reading reading = {.valid = m < count ? valids[m] : 0,
                                  .sum = m < count ? sums[m] : 0};
        set_number(group, peer_metric(policy, m), i, peer_value(policy, m, &reading));
    }
}

static void compare(struct group *group)
{
    for (size_t number = 0; number < peer_numbers(group->policy); number++) {
        const int64_t *values = group->numbers + number * group->stores;
        memcpy(group->scratch, values, group->stores * sizeof *values);
        group->statistics[number] = statistics_of(group->scratch, group->stores);
        for (size_t i = 0; number < group->ranked && i < group->stores; i++)
            group->ranks[number * group->stores + i] =
                rank_rate(group->scratch, group->stores, values[i]);
    }
}

/* --- publishing --- */

static struct db_args *group_args(const struct group *group)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, group->category);
    db_arg_text(args, group->policy->id);
    db_arg_int32(args, group->policy->version);
    db_arg_date(args, group->day);
    return args;
}

/* false: another process was faster. */
static enum err add_benchmarks(struct db *db, const struct group *group, bool *ret_added)
{
    struct db_args *args = group_args(group);
    db_arg_instant(args, group->published_at);
    db_arg_int32(args, (int32_t)group->stores);
    db_arg_array(args, DB_INTS);
    for (size_t number = 0; number < peer_numbers(group->policy); number++) {
        const struct statistics *statistics = &group->statistics[number];
        db_add_int(args, statistics->count);
        db_add_int(args, statistics->mean);
        for (size_t i = 0; i < QUANTILES; i++)
            db_add_int(args, statistics->quantiles[i]);
    }
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_benchmarks_add, args, &result);
    if (err == ERR_OK)
        *ret_added = db_rows(result) > 0;
    db_result_free(result);
    return err;
}

static enum err add_ranks(struct db *db, const struct group *group, const struct db_result *stores)
{
    size_t count = group->stores, factors = group->policy->factor_count;
    struct db_args *args = group_args(group);
    db_arg_instant(args, group->published_at);
    db_arg_array(args, DB_TEXTS);
    for (size_t i = 0; i < count; i++)
        db_add_text(args, db_text(stores, (int)i, STORE));
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++) /* the others that have a composite */
        db_add_int32(args, (int32_t)(group->statistics[0].count - (group->numbers[i] >= 0)));
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)group->ranks[i]);
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        for (size_t f = 0; f < factors; f++)
            db_add_int32(args, (int32_t)group->ranks[peer_factor(f) * count + i]);
    db_arg_int32(args, (int32_t)factors);
    return db_query(db, &sql_ranks_add, args, NULL);
}

static enum err publish_compared(struct db *db, struct group *group, const struct db_result *stores)
{
    bool added = false;
    group->published_at = clock_now();
    enum err err = db_begin(db, DB_READ_COMMITTED);
    if (err == ERR_OK)
        err = add_benchmarks(db, group, &added);
    if (err == ERR_OK && added)
        err = add_ranks(db, group, stores);
    if (err == ERR_OK && added)
        err = db_commit(db);
    if (err != ERR_OK || !added)
        db_rollback(db);
    return err;
}

/* Snapshots are never rewritten: what is read before the transaction stays true in it. */
static enum err publish(struct rules *rules, struct db *db, const struct db_result *due, int row)
{
    struct group group = {.category = db_text(due, row, 0), .day = db_date(due, row, 3)};
    enum err err =
        rules_policy(rules, db, db_text(due, row, 1), (int32_t)db_int(due, row, 2), &group.policy);
    if (err != ERR_OK)
        return err;
    struct db_result *stores = NULL;
    err = db_query(db, &sql_benchmarks_snapshots, group_args(&group), &stores);
    if (err != ERR_OK)
        return err;
    group.stores = (size_t)db_rows(stores);
    group.ranked = peer_factor(group.policy->factor_count);
    err = group_alloc(&group);
    for (size_t i = 0; err == ERR_OK && i < group.stores; i++)
        take_store(&group, stores, i);
    if (err == ERR_OK) {
        compare(&group);
        err = publish_compared(db, &group, stores);
    }
    group_free(&group);
    db_result_free(stores);
    return err;
}

/* One day of each category; one that fails does not stop the others. ret_more: there may be further
 * days. */
static enum err publish_next(struct rules *rules, struct db *db, bool *ret_more)
{
    struct db_result *due = NULL;
    enum err err = db_query(db, &sql_benchmarks_due, NULL, &due);
    if (err != ERR_OK)
        return err;
    *ret_more = false;
    for (int row = 0; row < db_rows(due); row++) {
        enum err failed = publish(rules, db, due, row);
        if (failed == ERR_OK)
            *ret_more = true;
        else if (err == ERR_OK)
            err = failed;
    }
    db_result_free(due);
    return err;
}

enum err peers_publish(struct rules *rules, struct db *db)
{
    bool more = true;
    enum err err = ERR_OK;
    while (err == ERR_OK && more)
        err = publish_next(rules, db, &more);
    return err;
}

/* --- what was published --- */

void benchmark_numbers(const struct db_result *result, int row, int column,
                       struct statistics ret_numbers[static PEER_NUMBERS_MAX])
{
    int64_t ints[PEER_NUMBERS_MAX * STATISTICS_INTS] = {0};
    (void)db_ints(result, row, column, ints, PEER_NUMBERS_MAX * STATISTICS_INTS);
    for (size_t number = 0; number < PEER_NUMBERS_MAX; number++) {
        const int64_t *from = ints + number * STATISTICS_INTS;
        ret_numbers[number] = (struct statistics){.count = from[0], .mean = from[1]};
        memcpy(ret_numbers[number].quantiles, from + 2, QUANTILES * sizeof *from);
    }
}

/* The mean of few would tell what each of them is. */
static void set_mean(const struct policy *policy, const struct statistics *statistics,
                     bool *ret_known, int64_t *ret_mean)
{
    *ret_known = statistics->count >= policy->peers_min;
    *ret_mean = *ret_known ? statistics->mean : 0;
}

static void take_peers(const struct policy *policy, const struct db_result *result,
                       struct peers *peers)
{
    peers->count = db_int(result, 0, 0);
    if (peers->count < policy->peers_min)
        return;
    int64_t rank = db_int(result, 0, 1), ranks[POLICY_FACTORS_MAX];
    peers->has_rank = rank >= 0;
    peers->rank = peers->has_rank ? rank : 0;
    size_t count = db_ints(result, 0, 2, ranks, POLICY_FACTORS_MAX);
    struct statistics numbers[PEER_NUMBERS_MAX];
    benchmark_numbers(result, 0, 3, numbers);
    for (size_t f = 0; f < policy->factor_count; f++) {
        peers->factor_has_rank[f] = f < count && ranks[f] >= 0;
        peers->factor_rank[f] = peers->factor_has_rank[f] ? ranks[f] : 0;
        set_mean(policy, &numbers[peer_factor(f)], &peers->factor_has_mean[f],
                 &peers->factor_mean[f]);
    }
    for (size_t c = 0; c < policy->composite_count; c++)
        set_mean(policy, &numbers[peer_composite(policy, c)], &peers->composite_has_mean[c],
                 &peers->composite_mean[c]);
    for (size_t m = 0; m < policy->metric_count; m++)
        set_mean(policy, &numbers[peer_metric(policy, m)], &peers->metric_has_mean[m],
                 &peers->metric_mean[m]);
}

enum err peers_at(struct db *db, const char *store, const struct policy *policy, struct instant t,
                  struct peers *ret_peers)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_text(args, policy->id);
    db_arg_int32(args, policy->version);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_peers_at, args, &result);
    if (err != ERR_OK)
        return err;
    *ret_peers = (struct peers){0};
    if (db_rows(result) == 1)
        take_peers(policy, result, ret_peers);
    db_result_free(result);
    return ERR_OK;
}
