/* All open streams of notifications, and the thread that asks the database once a second, in one
 * statement, what is new for them. Streams hold neither a worker nor a connection of the pool. */
#ifndef API_LISTENERS_H
#define API_LISTENERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct api_listener;
struct listeners;

struct listeners_config {
    const char *database_url;
    unsigned max;
    unsigned max_of_key;
    int keepalive_ms;
};

MUST_CHECK enum err listeners_start(const struct listeners_config *config,
                                    struct listeners **ret_listeners);
/* Every stream has to be closed; NULL is fine. */
void listeners_stop(struct listeners *listeners);
/* All streams end in order, and none begins any more. */
void listeners_end_all(struct listeners *listeners);

/* A stream of what the store is told after number `seq`, which the client is told at the beginning
 * when `tell_seq`. ERR_UNAVAILABLE: there are too many, or the service stops. */
MUST_CHECK enum err listeners_open(struct listeners *listeners, const char *key_id,
                                   const char *store, int64_t seq, bool tell_seq,
                                   struct api_listener **ret_listener);

#endif
