/* The vocabulary of CONTRACT section 3 as data: every event type, and what its `data` may hold.
 * Private to src/json. */
#ifndef JSON_EVENT_TYPE_H
#define JSON_EVENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "domain/event.h"

#define STARS_MAX 5

enum member_kind {
    MEMBER_ID,   /* a string of 1 to ID_MAX_BYTES bytes */
    MEMBER_TEXT, /* any string */
    MEMBER_BOOL,
    MEMBER_COUNT,        /* a whole number from 1 to `max` */
    MEMBER_CHOICE,       /* one of `names` */
    MEMBER_WORD,         /* one of the words that the value of the type's fact may be */
    MEMBER_INSTANT,      /* may lie ahead of the clock */
    MEMBER_PAST,         /* may not */
    MEMBER_REVIEW_STARS, /* an object of stars, any subset */
    MEMBER_LINES,
    MEMBER_COST,
};

struct member_rule {
    const char *name;
    enum member_kind kind;
    bool required;
    int max;
    const char *const *names;
};

struct event_type {
    const char *name;
    enum event_class class;
    enum feed feed;
    enum fact_kind fact; /* EVENT_FACT */
    /* In the order in which faults are looked for; ends with a NULL name. */
    const struct member_rule *members;
};

/* NULL: a type that windvane does not know. */
const struct event_type *event_type_find(const char *name);

/* What an unknown type is held to: a store, nothing else. */
extern const struct event_type event_type_unknown;

/* In the order of the enums of the domain. */
extern const char *const payment_names[];
extern const char *const fulfilment_names[];
extern const char *const feed_names[];

#endif
