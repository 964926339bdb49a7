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

/* Runs in the caller's snapshot transaction. */
MUST_CHECK enum err score_at(struct rules *rules, struct db *db, const struct asked *asked,
                             const struct in_force *in_force, struct scored *ret_scored);

#endif
