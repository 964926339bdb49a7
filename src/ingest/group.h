/* A group of events in one transaction: identities decided, orders folded, tallies moved. */
#ifndef INGEST_GROUP_H
#define INGEST_GROUP_H

#include <stddef.h>

#include "base/err.h"
#include "ingest/submission.h"

struct db;
struct rules;

/* An entry with its place in the group. */
struct group_item {
    struct entry *entry;
    struct submission *submission;
};

/* Where a group stands in its transaction. */
enum group_start {
    GROUP_BEGINS,    /* it begins the transaction and takes its stores' locks */
    GROUP_CONTINUES, /* a transaction that holds the locks is open */
};

/* Applies the items, in order, and sets their outcomes; the transaction stays open. On an error the
 * caller rolls back. */
MUST_CHECK enum err group_apply(struct rules *rules, struct db *db, enum group_start start,
                                const struct group_item *items, size_t count);

#endif
