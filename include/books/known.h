/* What was known of a store at an instant. Facts keep no received time, so the log names those that
 * are to be left out: what came late, and what was retracted since. Both are few. */
#ifndef BOOKS_KNOWN_H
#define BOOKS_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "domain/fact.h"

struct db;

/* An event, and when it, or word of its retraction, was received. */
struct known_event {
    const char *source;
    const char *id;
    struct instant received;
};

/* Enough to read the store as it was at `from` or at `to` by what was known at either. */
struct known {
    struct arena arena;
    struct instant from, to;
    struct known_event *late; /* facts; by source and id */
    size_t late_count;
    struct known_event *retracted; /* first after `from`; by source and id */
    size_t retracted_count;
    const char **orders; /* those with late facts; may repeat */
    size_t order_count;
};

void known_init(struct known *known);
void known_done(struct known *known);

/* More late facts than this are not split: their comparison would cost more memory than an answer
 * is worth. */
#define KNOWN_LATE_MAX 200000

/* In the caller's snapshot transaction. ERR_TOO_LARGE: more than KNOWN_LATE_MAX facts were late at
 * `from` or at `to`. */
MUST_CHECK enum err known_load(struct db *db, const char *store, struct instant from,
                               struct instant to, struct known *known);

/* Whether anything of before `from` was received, or first retracted, after it and by `to`. */
bool known_has_late(const struct known *known);
bool known_has_retracted(const struct known *known);

/* A census_filter_fn; arg is a struct known_at. Leaves the facts that were received by `facts` and
 * not retracted by an event received by `retractions`; each instant is `from` or `to`. A retraction
 * is in force from its effective time on, which is not after its receipt: so what was known to be
 * retracted is gone at that instant, and at `from`, too, when later knowledge is applied to it. */
struct known_at {
    const struct known *known;
    struct instant facts;
    struct instant retractions;
    /* What reports do to an entity: known by then. With later knowledge it counts from `from` on,
     * as retractions do. */
    struct instant exemptions;
};
void known_filter(void *arg, struct fact *items, size_t *count);

#endif
