/* What an event states about an order, a ticket or a review. Private to src/json. */
#ifndef JSON_EVENT_FACT_H
#define JSON_EVENT_FACT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "domain/event.h"

/* Fills event->subject and event->fact from data that has passed event_data_check; the event's
 * source, id and effective time are set before. What is stated of the past is never later than
 * received_at. ERR_NOMEM only. */
MUST_CHECK enum err event_fact_read(enum fact_kind kind, json_t *data, struct instant received_at,
                                    struct arena *arena, struct event *event);

#endif
