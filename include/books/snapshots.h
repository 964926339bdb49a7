/* Daily snapshots: a store's official score of a day as it was shown. */
#ifndef BOOKS_SNAPSHOTS_H
#define BOOKS_SNAPSHOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "books/readings.h"
#include "domain/peers.h"
#include "domain/score.h"

struct db;
struct db_result;
struct rules;

/* The numbers of a score that are kept, in the order of the policy version's document; absent ones
 * are PEER_NONE. */
struct snapshot {
    int32_t day;             /* the last store-day of its windows */
    struct instant at;       /* the day's end, which it is the score of */
    struct instant taken_at; /* the clock when it was made */
    char policy_id[POLICY_ID_MAX + 1];
    int32_t policy_version;
    enum score_status status;
    int64_t points, base, bonus, star;
    int64_t peers, rank; /* what was published about its category at `at` */
    size_t factor_count, composite_count, metric_count;
    int64_t factor_points[POLICY_FACTORS_MAX];
    int64_t composite_points[POLICY_COMPOSITES_MAX];
    int64_t metric_points[POLICY_METRICS_MAX];
    struct reading metrics[POLICY_METRICS_MAX];
};

/* Takes the snapshot of a day that is over, in a transaction of its own, unless it is there or
 * another process is about it: ret_taken. The score is the official one at the day's end by what is
 * known now. No transaction may be open. */
MUST_CHECK enum err snapshot_take(struct rules *rules, struct db *db, const char *store,
                                  int32_t day, bool *ret_taken);

/* The store's snapshot of a day, if it was taken at or before `t`: ret_found. */
MUST_CHECK enum err snapshot_get(struct db *db, const char *store, int32_t day, struct instant t,
                                 bool *ret_found, struct snapshot *ret_snapshot);

/* Reads a row of the statements snapshot_get and snapshots_page. */
void snapshot_of_row(const struct db_result *result, int row, struct snapshot *ret_snapshot);

/* The same numbers made anew, for what is asked: asked->t stands for the day's end. Runs in the
 * caller's transaction; `taken_at` is left unset. */
MUST_CHECK enum err snapshot_make(struct rules *rules, struct db *db, const struct asked *asked,
                                  struct snapshot *ret_snapshot);

/* Whether any number differs. Both are under one policy version. */
bool snapshot_differs(const struct snapshot *a, const struct snapshot *b);

#endif
