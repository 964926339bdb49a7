/* The two requests that the simulation makes of a service, one at a time. Failures
 * are told on standard error. */
#ifndef CLIENT_SERVICE_H
#define CLIENT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct client {
    struct buf base; /* URL of the service without a slash at its end */
    struct buf authorization;
    void *curl;
};

/* False if the URL or the key cannot be used. client_done in any case. */
bool client_init(struct client *client, const char *url, const char *key);
void client_done(struct client *client);

/* Status of GET /v1/stores/{store}/orders/{order}; 0 when there was no answer. */
long client_order_status(struct client *client, const char *store, const char *order);

/* Gives the next bytes of a body, at most `size`; none at its end. False gives up. */
typedef bool client_more(void *context, char *data, size_t size, size_t *ret_len);

/* Status of POST /v1/events with an NDJSON body of unknown length, sent as it is made; its
 * answer goes to `reply`. */
long client_post_events(struct client *client, client_more *more, void *context, struct buf *reply);

#endif
