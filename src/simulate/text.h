/* Events as NDJSON: one structured CloudEvent a line. */
#ifndef SIMULATE_TEXT_H
#define SIMULATE_TEXT_H

#include "base/buf.h"
#include "base/instant.h"
#include "simulate/life.h"

/* `store` is a JSON string, quotes included. */
void text_event(struct buf *out, const struct world *world, const char *store,
                const struct sim_event *event);

/* "20240131-N000123-1a2b": day, lane (N ordinary, S sale) with number, world. */
void text_order_id(struct buf *out, const struct world *world, struct order_ref ref);

/* feed.alive: everything of `feed` before `until` has been sent. */
void text_alive(struct buf *out, const char *store, const char *source, const char *feed,
                struct instant until);

#endif
