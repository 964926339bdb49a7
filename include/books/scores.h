/* A store's score at an instant: the reading, and everything that it is scored by. */
#ifndef BOOKS_SCORES_H
#define BOOKS_SCORES_H

#include "base/err.h"
#include "books/readings.h"
#include "domain/score.h"

struct db;
struct rules;

struct scored {
    struct score_reading reading;
    struct peers peers;
    struct score score;
    struct instant next_change;
};

/* Like score_at, for a caller who has read the backlog of the same question. */
MUST_CHECK enum err score_beside(struct rules *rules, struct db *db, const struct asked *asked,
                                 const struct in_force *in_force, const struct backlog *backlog,
                                 struct scored *ret_scored);

/* Runs in the caller's snapshot transaction. */
MUST_CHECK enum err score_at(struct rules *rules, struct db *db, const struct asked *asked,
                             const struct in_force *in_force, struct scored *ret_scored);

/* Values less those of the daily snapshot a week before the window's last day, under the same
 * policy version; unknown when there was none at that instant, or one of the two has no value. */
struct week_changes {
    bool known[POLICY_METRICS_MAX];
    int64_t values[POLICY_METRICS_MAX];
};

MUST_CHECK enum err week_changes_at(struct db *db, const char *store, const struct question *q,
                                    const struct score *score, struct week_changes *ret_changes);

#endif
