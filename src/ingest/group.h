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

/* Applies the items, in order, inside the open transaction that holds their stores' locks, and
 * sets their outcomes. On an error the caller rolls back. */
MUST_CHECK enum err group_apply(struct rules *rules, struct db *db, const struct group_item *items,
                                size_t count);

#endif
