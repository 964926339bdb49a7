/* Starting and stopping the application behind the HTTP server. */
#ifndef API_APP_H
#define API_APP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct api;

struct api_config {
    const char *database_url;
    const char *admin_key;     /* bootstrap key with role admin; NULL: none */
    unsigned connections;      /* of the pool that handlers lease from */
    size_t queue_bytes;        /* of memory that waits for the writer */
    unsigned queue_events;     /* events that may wait for the writer; more is 503 */
    unsigned streams;          /* NDJSON bodies taken at once; more is 503 */
    unsigned listeners;        /* streams of notifications at once; more is 503 */
    unsigned listeners_of_key; /* of these to one key */
    int keepalive_ms;          /* silence after which such a stream gets a comment */
    bool private_webhooks;     /* subscriptions may name addresses that are not public */
    const char *openapi;       /* text of openapi.yaml */
};

/* Connects and starts the writer. ERR_UNAVAILABLE: no database. */
MUST_CHECK enum err api_new(const struct api_config *config, struct api **ret_api);
/* Whom to tell, from any thread, that stores are left that are counted by an older policy version
 * or calendar. Before the HTTP server starts. */
void api_on_stores_left(struct api *api, void (*stores_left)(void *arg), void *arg);
/* Whom to tell, from any thread, of each store that changed. Before the HTTP server starts; until
 * it has stopped, `arg` is used. */
void api_on_store_changed(struct api *api, void (*store_changed)(void *arg, const char *store),
                          void *arg);
/* Whoever counts a store in another way says so: answers about it that are kept are dropped. From
 * any thread; `api` is a struct api. */
void api_store_moved(void *api, const char *store);
/* /readyz turns 503, and streams of notifications end. */
void api_set_draining(struct api *api);
/* Ends the statements that handlers wait for, and lets none begin: for a stop that takes too long.
 * From any thread. */
void api_end(struct api *api);
/* Commits what is queued, stops the writer, frees. The HTTP server has to be stopped before. */
void api_free(struct api *api);

#endif
