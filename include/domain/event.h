/* An event as the service understands it: the envelope, and the statement that the fold takes
 * from it. A plain view; the decoder owns the strings. */
#ifndef DOMAIN_EVENT_H
#define DOMAIN_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "domain/fact.h"

enum event_class {
    EVENT_FACT,       /* a fact of an entity: `fact` and `subject` are set */
    EVENT_RETRACTION, /* `target_source`, `target_id` */
    EVENT_ALIVE,      /* feed.alive: `feed`, `through` */
    EVENT_UNKNOWN,    /* a type that windvane does not know: kept and ignored */
};

/* The streams of messages that can fall silent. */
enum feed { FEED_NONE, FEED_ORDERS, FEED_COLLECTIONS, FEED_TICKETS };
#define FEEDS 4
const char *feed_name(enum feed feed); /* "orders", …; NULL for FEED_NONE */

/* The source of windvane's own events, delay reports and their decisions; nobody else's. */
#define EVENT_OWN_SOURCE "windvane"

#define EVENT_DIGEST_SIZE 16

struct event {
    enum event_class class;
    const char *store;
    const char *source;
    const char *id;
    const char *type;
    struct instant time; /* as stated */
    struct instant at;   /* effective: min(time, received_at) */
    /* The feed that this event is a sign of life of; for EVENT_ALIVE the one it names. */
    enum feed feed;
    const char *subject;       /* EVENT_FACT: the id of the order, ticket or review */
    struct fact fact;          /* EVENT_FACT; source and id are those above */
    const char *target_source; /* EVENT_RETRACTION */
    const char *target_id;
    struct instant through; /* EVENT_ALIVE: min(through, received_at) */
    /* Over type, instant and `data` in canonical form: what tells a duplicate from a conflict. */
    uint8_t digest[EVENT_DIGEST_SIZE];
    const char *data; /* canonical JSON text of `data`: sorted keys, normalised numbers */
    size_t data_len;
};

#endif
