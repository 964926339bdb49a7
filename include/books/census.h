/* Every entity of a store, one by one, with what its neighbours say of it: what tallies are counted
 * from, and readings of past instants. */
#ifndef BOOKS_CENSUS_H
#define BOOKS_CENSUS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/instant.h"
#include "domain/measure.h"

struct db;

/* May drop facts or change when they are retracted, before anything is read off them. The order
 * stays. */
typedef void census_filter_fn(void *arg, struct fact *items, size_t *count);

/* Which entities, and as they are when. */
struct census {
    const char *store;
    struct instant t; /* INSTANT_NEVER: by everything that is known */
    bool all;         /* else those that may matter to days from `from` to the end of t's day */
    struct instant from;
    struct instant day_end;
    /* What is looked at: sets of measures leave out what they do not need. */
    bool orders, tickets, reviews;
    bool defects;             /* orders with their defects */
    census_filter_fn *filter; /* NULL: none */
    void *filter_arg;
    /* Orders that the filter may bring into those days, whatever is known of them now. */
    const char *const *also_orders;
    size_t also_order_count;
};

/* What a set of measures needs to be observed. */
void census_for(const struct measure *measures, size_t count, struct census *census);

struct census_item {
    const char *id;
    struct view view;
    const struct facts *facts;
    bool stored_recontact; /* of a ticket's row */
};
typedef enum err census_fn(void *arg, const struct census_item *item);

/* Everything is borrowed for the call; `take` must not use db. An error of it ends the census. */
MUST_CHECK enum err census_take(struct db *db, const struct census *census, census_fn *take,
                                void *arg);

#endif
