/* What the events of reviews and tickets say, for text.c. */
#ifndef SIMULATE_TEXT_CARE_H
#define SIMULATE_TEXT_CARE_H

#include "base/buf.h"
#include "simulate/life.h"

/* Appends literals only: the length is known when it is compiled. */
#define PUT(out, literal) buf_append((out), "" literal, sizeof(literal) - 1)

/* What follows the order's id in the id of an event of its review or ticket. */
void text_care_suffix(struct buf *out, const struct sim_event *event);

/* The members of `data` after `store`; `order` is the order's id. */
void text_review(struct buf *out, const struct world *world, const struct sim_event *event,
                 const char *order);
void text_step(struct buf *out, const struct world *world, const struct sim_event *event,
               const char *order);

#endif
