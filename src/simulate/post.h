/* The feed posted to a service. */
#ifndef SIMULATE_POST_H
#define SIMULATE_POST_H

#include <stdbool.h>

#include "simulate/stream.h"

/* Posts to `url`/v1/events and tells on standard error what came of it. True only if the service
 * took every event: answer 200, nothing rejected, nothing in conflict. Sales that the store
 * knows from an earlier run are told to their end as well. */
bool post_stream(const struct stream_options *options, const char *url, const char *key);

#endif
