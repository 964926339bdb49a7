/* The service's own events: delay reports and their decisions. They go the way of all events, into
 * the log, entities and counts, but on the caller's connection and in its transaction, since they
 * are decided by what stands in the database. */
#ifndef INGEST_OWN_H
#define INGEST_OWN_H

#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"

struct db;
struct rules;

/* Borrowed for the call. */
struct own_event {
    const char *id;
    const char *type;
    struct instant time;
    const char *data; /* JSON object */
    size_t data_len;
};

/* Applies the events, of one store, in the caller's transaction, which holds the store's lock.
 * Those that are there already change nothing. ERR_INTERNAL: one is no event, or another body of
 * its identity is there. */
MUST_CHECK enum err own_events_apply(struct rules *rules, struct db *db, struct instant received_at,
                                     const struct own_event *events, size_t count);

#endif
