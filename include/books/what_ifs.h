/* What if some orders were collected, or excused: the backlog as it is and as it would be. Nothing
 * is stored. */
#ifndef BOOKS_WHAT_IFS_H
#define BOOKS_WHAT_IFS_H

#include <stddef.h>
#include <stdint.h>

#include "books/readings.h"
#include "domain/what_if.h"

/* What is asked of one remedy: these orders, or so many of those that it is worth most for. */
struct what_if_part {
    struct help help;
    int64_t count; /* used when there are no orders */
    size_t order_count;
    const char *const *orders;
    enum help_result *results; /* of the orders: filled in */
    int64_t applied;           /* filled in */
};

struct what_if {
    struct what_if_part parts[2]; /* by remedy */
};

struct what_if_side {
    struct backlog_reading reading;
    struct backlog backlog;
};

/* In the caller's snapshot transaction; the readings live in the arena. Those that are named are
 * helped first; then so many are excused, and of the rest so many collected. */
MUST_CHECK enum err what_if_read(struct rules *rules, struct db *db, const struct asked *asked,
                                 const struct in_force *in_force, struct arena *arena,
                                 struct what_if *what_if, struct what_if_side *ret_before,
                                 struct what_if_side *ret_after);

#endif
