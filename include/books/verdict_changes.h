/* What changes the past: store-days of which something becomes known that a checkpoint has looked
 * at already. Whoever changes orders notes them, and marks the days in the same transaction; they
 * are judged anew soon after it (books/verdicts.h). What is new of now costs nothing. */
#ifndef BOOKS_VERDICT_CHANGES_H
#define BOOKS_VERDICT_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"
#include "books/plan.h"
#include "domain/order.h"
#include "domain/verdict.h"

struct db;

struct verdict_change {
    const struct plan *plan;
    int32_t day;
    struct instant last; /* the latest checkpoint concerned */
    enum verdict_cause cause;
};

/* Signs of life of a store's courier feed, from before its last checkpoint. */
struct feed_change {
    const struct plan *plan;
    struct instant earliest, latest; /* that were spoken of; earliest INSTANT_NEVER: none */
    struct instant retracted;        /* from when on some are absent; INSTANT_NEVER: none */
    struct instant last;             /* that checkpoint */
};

struct verdict_changes {
    struct instant now;
    struct verdict_change *items;
    size_t count, room;
    struct feed_change *feeds; /* one a store */
    size_t feed_count, feed_room;
    bool no_memory;
};

void verdict_changes_init(struct verdict_changes *changes, struct instant now);
void verdict_changes_done(struct verdict_changes *changes);

/* An order by everything that is known, before and after. Notes the days of which a checkpoint that
 * is over, or as good as over, looked at what has changed. */
void verdict_changes_order(struct verdict_changes *changes, const struct plan *plan,
                           const struct order_view *was, const struct order_view *is,
                           enum verdict_cause cause);
/* The same for a day of a store, when something of its orders changed whenever it happened. */
void verdict_changes_day(struct verdict_changes *changes, const struct plan *plan, int32_t day,
                         enum verdict_cause cause);
/* The courier feed gave a sign of life that is `spoken` old and counts since `counts`. */
void verdict_changes_feed(struct verdict_changes *changes, const struct plan *plan,
                          struct instant spoken, struct instant counts);
/* Something of the courier feed is absent from then on. */
void verdict_changes_retracted(struct verdict_changes *changes, const struct plan *plan,
                               struct instant from);

/* Queues the marks in the connection's pipeline; the caller runs it. */
MUST_CHECK enum err verdict_changes_write(const struct verdict_changes *changes, struct db *db);

#endif
