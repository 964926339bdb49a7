/* The HTTP server: libmicrohttpd, and nowhere else. Parses, authenticates, answers from memory
 * on its own threads; everything that may block goes to worker threads while the connection is
 * suspended. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stddef.h>

#include "base/err.h"

struct api;
struct http_server;

struct http_config {
    const char *host;      /* numeric IPv4 or IPv6 address */
    int port;              /* 0: any free one */
    unsigned threads;      /* MHD threads */
    unsigned workers;      /* threads for blocking handlers */
    unsigned slow_workers; /* threads for slow readings */
    unsigned queue_max;    /* waiting jobs per pool; more is 503 */
    unsigned max_connections;
    /* From the first byte of a request to its last; also the idle time. */
    unsigned request_timeout_s;
};

/* Starts listening. ERR_UNAVAILABLE when the address cannot be bound. */
MUST_CHECK enum err http_server_start(const struct http_config *config, struct api *api,
                                      struct http_server **ret_server);
int http_server_port(const struct http_server *server);
/* Stops accepting, lets running requests finish for at most `grace_ms`, then closes everything
 * and frees. */
void http_server_stop(struct http_server *server, int grace_ms);

#endif
