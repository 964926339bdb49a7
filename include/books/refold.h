/* Folding a store's whole log again: what verify compares with and rebuild writes. */
#ifndef BOOKS_REFOLD_H
#define BOOKS_REFOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "books/row.h"
#include "domain/event.h"

struct db;

/* The key that stands beside an event. */
struct stored_key {
    bool exists;
    uint8_t digest[EVENT_DIGEST_SIZE];
    struct instant occurred_at;
    bool has_subject;
    enum entity entity;
    const char *subject; /* or NULL */
};

/* The row that stands for an entity. */
struct stored_row {
    bool exists;
    struct row row;
    const char *facts;
    size_t facts_len;
};

/* Called for every event of the log, and for every entity when its last event has been seen.
 * Everything is borrowed for the call. */
struct refold_calls {
    void *arg;
    enum err (*event)(void *arg, const struct event *event, const struct stored_key *key);
    enum err (*entity)(void *arg, enum entity entity, const char *id, const struct facts *facts,
                       const struct stored_row *stored);
};

MUST_CHECK enum err refold(struct db *db, const char *store, const struct refold_calls *calls);

#endif
