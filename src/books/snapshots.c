#include "books/snapshots.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "books/day_end.h"
#include "books/scores.h"
#include "db/pool.h"
#include "db/query.h"
#include "rules/rules.h"
#include "sql.h"

/* --- from a score --- */

static int64_t known(bool has, int64_t number)
{
    return has ? number : PEER_NONE;
}

static void of_score(const struct question *q, const struct scored *scored,
                     struct snapshot *ret_snapshot)
{
    const struct policy *policy = q->policy;
    const struct score *score = &scored->score;
    struct snapshot snapshot = {
        .day = window_of(BASIS_OFFICIAL, calendar_day(q->calendar, q->t), 1).last_day,
        .at = q->t,
        .taken_at = INSTANT_NEVER,
        .policy_version = policy->version,
        .status = score->status,
        .points = known(score->has_points, score->points),
        .base = known(score->has_points, score->base),
        .bonus = known(score->has_points, score->bonus),
        .star = known(score->has_star, score->star),
        .peers = scored->peers.count,
        .rank = known(scored->peers.has_rank, scored->peers.rank),
        .factor_count = policy->factor_count,
        .composite_count = policy->composite_count,
        .metric_count = policy->metric_count,
    };
    snprintf(snapshot.policy_id, sizeof snapshot.policy_id, "%s", policy->id);
    for (size_t f = 0; f < policy->factor_count; f++)
        snapshot.factor_points[f] = known(score->factors[f].has_points, score->factors[f].points);
    for (size_t c = 0; c < policy->composite_count; c++)
        snapshot.composite_points[c] =
            known(score->composites[c].has_points, score->composites[c].points);
    for (size_t m = 0; m < policy->metric_count; m++) {
        snapshot.metric_points[m] = known(score->metrics[m].has_points, score->metrics[m].points);
        snapshot.metrics[m] = scored->reading.metrics[m];
    }
    *ret_snapshot = snapshot;
}

enum err snapshot_make(struct rules *rules, struct db *db, const struct asked *asked,
                       struct snapshot *ret_snapshot)
{
    struct in_force in_force;
    struct scored scored;
    enum err err = in_force_at(rules, db, asked, &in_force);
    if (err == ERR_OK)
        err = score_at(rules, db, asked, &in_force, &scored);
    if (err == ERR_OK)
        of_score(&in_force.q, &scored, ret_snapshot);
    return err;
}

/* --- from and to a row --- */

enum column {
    DAY,
    AT,
    TAKEN_AT,
    POLICY_ID,
    POLICY_VERSION,
    STATUS,
    POINTS,
    BASE,
    BONUS,
    STAR,
    PEERS,
    RANK,
    FACTOR_POINTS,
    COMPOSITE_POINTS,
    METRIC_POINTS,
    SUMS,
    VALIDS,
    PENDINGS,
};

void snapshot_of_row(const struct db_result *result, int row, struct snapshot *ret_snapshot)
{
    struct snapshot snapshot = {
        .day = db_date(result, row, DAY),
        .at = db_instant(result, row, AT),
        .taken_at = db_instant(result, row, TAKEN_AT),
        .policy_version = (int32_t)db_int(result, row, POLICY_VERSION),
        .status = (enum score_status)db_int(result, row, STATUS),
        .points = db_int(result, row, POINTS),
        .base = db_int(result, row, BASE),
        .bonus = db_int(result, row, BONUS),
        .star = db_int(result, row, STAR),
        .peers = db_int(result, row, PEERS),
        .rank = db_int(result, row, RANK),
    };
    int64_t sums[POLICY_METRICS_MAX] = {0};
    int64_t valids[POLICY_METRICS_MAX] = {0};
    int64_t pendings[POLICY_METRICS_MAX] = {0};
    snprintf(snapshot.policy_id, sizeof snapshot.policy_id, "%s", db_text(result, row, POLICY_ID));
    snapshot.factor_count =
        db_ints(result, row, FACTOR_POINTS, snapshot.factor_points, POLICY_FACTORS_MAX);
    snapshot.composite_count =
        db_ints(result, row, COMPOSITE_POINTS, snapshot.composite_points, POLICY_COMPOSITES_MAX);
    snapshot.metric_count =
        db_ints(result, row, METRIC_POINTS, snapshot.metric_points, POLICY_METRICS_MAX);
    (void)db_ints(result, row, SUMS, sums, POLICY_METRICS_MAX);
    (void)db_ints(result, row, VALIDS, valids, POLICY_METRICS_MAX);
    (void)db_ints(result, row, PENDINGS, pendings, POLICY_METRICS_MAX);
    for (size_t m = 0; m < snapshot.metric_count; m++)
        snapshot.metrics[m] =
            (struct reading){.valid = valids[m], .sum = sums[m], .pending = pendings[m]};
    *ret_snapshot = snapshot;
}

enum err snapshot_get(struct db *db, const char *store, int32_t day, struct instant t,
                      bool *ret_found, struct snapshot *ret_snapshot)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_date(args, day);
    db_arg_instant(args, t);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_snapshot_get, args, &result);
    if (err != ERR_OK)
        return err;
    *ret_found = db_rows(result) == 1;
    if (*ret_found)
        snapshot_of_row(result, 0, ret_snapshot);
    db_result_free(result);
    return ERR_OK;
}

static void arg_points(struct db_args *args, const int64_t *points, size_t count)
{
    db_arg_array(args, DB_INT32S);
    for (size_t i = 0; i < count; i++)
        db_add_int32(args, (int32_t)points[i]);
}

static enum err add(struct db *db, const char *store, const struct snapshot *snapshot)
{
    const size_t metrics = snapshot->metric_count;
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_date(args, snapshot->day);
    db_arg_instant(args, snapshot->at);
    db_arg_instant(args, snapshot->taken_at);
    db_arg_text(args, snapshot->policy_id);
    db_arg_int32(args, snapshot->policy_version);
    db_arg_int32(args, (int32_t)snapshot->status);
    db_arg_int32(args, (int32_t)snapshot->points);
    db_arg_int32(args, (int32_t)snapshot->base);
    db_arg_int32(args, (int32_t)snapshot->bonus);
    db_arg_int32(args, (int32_t)snapshot->star);
    db_arg_int32(args, (int32_t)snapshot->peers);
    db_arg_int32(args, (int32_t)snapshot->rank);
    arg_points(args, snapshot->factor_points, snapshot->factor_count);
    arg_points(args, snapshot->composite_points, snapshot->composite_count);
    arg_points(args, snapshot->metric_points, metrics);
    db_arg_array(args, DB_INTS);
    for (size_t m = 0; m < metrics; m++)
        db_add_int(args, snapshot->metrics[m].sum);
    db_arg_array(args, DB_INTS);
    for (size_t m = 0; m < metrics; m++)
        db_add_int(args, snapshot->metrics[m].valid);
    db_arg_array(args, DB_INTS);
    for (size_t m = 0; m < metrics; m++)
        db_add_int(args, snapshot->metrics[m].pending);
    return db_query(db, &sql_snapshot_add, args, NULL);
}

/* --- taking one --- */

static enum err ask_turn(struct db *db, const char *store, int32_t day, bool *ret_mine)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, store);
    db_arg_date(args, day);
    struct db_result *result = NULL;
    enum err err = db_query(db, &sql_snapshot_begin, args, &result);
    if (err == ERR_OK)
        *ret_mine = db_rows(result) > 0;
    db_result_free(result);
    return err;
}

static enum err take(struct rules *rules, struct db *db, const char *store, int32_t day,
                     bool *ret_taken)
{
    struct asked asked = {.store = store, .may_tally = true, .basis = BASIS_OFFICIAL};
    bool mine = false;
    enum err err = ask_turn(db, store, day, &mine);
    if (err == ERR_OK && mine)
        err = store_day_end(rules, db, store, day, &asked.t);
    if (err != ERR_OK || !mine || instant_before(clock_now(), asked.t))
        return err;

    struct snapshot snapshot;
    err = snapshot_make(rules, db, &asked, &snapshot);
    if (err != ERR_OK)
        return err;
    snapshot.day = day;
    snapshot.taken_at = clock_now();
    err = add(db, store, &snapshot);
    *ret_taken = err == ERR_OK;
    return err;
}

enum err snapshot_take(struct rules *rules, struct db *db, const char *store, int32_t day,
                       bool *ret_taken)
{
    *ret_taken = false;
    enum err err = db_begin(db, DB_SNAPSHOT_WRITE);
    if (err == ERR_OK)
        err = take(rules, db, store, day, ret_taken);
    if (err == ERR_OK && *ret_taken)
        err = db_commit(db);
    if (err != ERR_OK || !*ret_taken)
        db_rollback(db);
    if (err != ERR_OK)
        *ret_taken = false;
    /* Another process may have been faster, between the beginning of this one and its lock. */
    return err == ERR_TRANSIENT && db_is_connected(db) ? ERR_OK : err;
}

/* --- comparing --- */

static bool points_differ(const int64_t *a, const int64_t *b, size_t count)
{
    return memcmp(a, b, count * sizeof *a) != 0;
}

bool snapshot_differs(const struct snapshot *a, const struct snapshot *b)
{
    if (a->status != b->status || a->points != b->points || a->base != b->base ||
        a->bonus != b->bonus || a->star != b->star || a->peers != b->peers || a->rank != b->rank)
        return true;
    if (points_differ(a->factor_points, b->factor_points, a->factor_count) ||
        points_differ(a->composite_points, b->composite_points, a->composite_count) ||
        points_differ(a->metric_points, b->metric_points, a->metric_count))
        return true;
    for (size_t m = 0; m < a->metric_count; m++)
        if (a->metrics[m].valid != b->metrics[m].valid || a->metrics[m].sum != b->metrics[m].sum ||
            a->metrics[m].pending != b->metrics[m].pending)
            return true;
    return false;
}
