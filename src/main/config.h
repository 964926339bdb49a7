/* Settings from the environment. Every fault is reported at once, and secrets are never printed. */
#ifndef MAIN_CONFIG_H
#define MAIN_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

struct config {
    char *database_url;
    char host[64];
    int port;
    char *admin_key; /* NULL: none */
    bool has_clock_start;
    struct instant clock_start;
    unsigned http_threads;
    unsigned workers;
    unsigned slow_workers;
    unsigned queue_max;
    unsigned max_connections;
    unsigned request_timeout_s;
    unsigned sse_max;
    unsigned sse_per_key;
    unsigned sse_keepalive_s;
    bool private_webhooks;
    unsigned backoff_divisor;
};

/* What a command needs. */
enum config_need { NEED_DATABASE = 1, NEED_SERVER = 2 };

/* Reads and checks; prints every fault to standard error. false when there was one. Also sets
 * the log level and the clock. */
bool config_load(unsigned needs, struct config *ret_config);
void config_done(struct config *config);

#endif
