/* Readings out of the database: which rules a store has at an instant, and the counts that
 * answers are computed from, by the fast path or the slow one. */
#ifndef BOOKS_READINGS_H
#define BOOKS_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "domain/backlog.h"
#include "domain/reading.h"
#include "domain/score.h"

struct db;
struct rules;

/* What an answer is asked for. */
struct asked {
    const char *store;
    struct instant t;
    bool live; /* t is now */
    /* The fast path may answer although t is past. Not for callers: their readings of the past are
     * what the fast path is held against. */
    bool may_tally;
    enum basis basis;
    const char *policy;         /* "id", "id@version", or NULL for the store's own */
    const struct policy *draft; /* before `policy`: this one, which need not be stored; or NULL */
};

/* The rules in force for what was asked. Borrowed from rules; strings from the arena. */
struct in_force {
    struct question q;
    struct feeds feeds;
    size_t services; /* the store's declared services that the policy gives a bonus for */
    /* The fast path may answer: it is asked for, the rules are the ones that the store is tallied
     * by, and nothing known is later than t. */
    bool tallied;
};

/* All of these run in the caller's snapshot transaction. ERR_NOT_FOUND: no such store.
 * ERR_INVALID: no such policy (fault pointer "", about the query parameter). */
MUST_CHECK enum err in_force_at(struct rules *rules, struct db *db, const struct asked *asked,
                                struct in_force *ret_in_force);

/* When each feed last gave a sign of life at or before t, by what is known now. */
MUST_CHECK enum err feeds_at(struct db *db, const char *store, struct instant t,
                             struct feeds *ret_feeds);

MUST_CHECK enum err read_score(struct rules *rules, struct db *db, const struct asked *asked,
                               const struct in_force *in_force, struct score_reading *ret_reading);

/* Reads as many days as the restrictions in force reach back; the cohorts live in the arena. */
MUST_CHECK enum err read_backlog(struct rules *rules, struct db *db, const struct asked *asked,
                                 const struct in_force *in_force, struct arena *arena,
                                 struct backlog_reading *ret_reading, struct backlog *ret_backlog);

/* A copy that can be changed; its cohorts live in the arena. */
MUST_CHECK enum err copy_backlog_reading(const struct backlog_reading *reading, struct arena *arena,
                                         struct backlog_reading *ret_copy);

#endif
