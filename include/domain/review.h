/* What a review is at an instant (CONTRACT sections 4 and 5, D-doc 1.3 and 6), read off its facts.
 * A review's stars are a register, the latest order.reviewed holds and gives the review its time;
 * its order and buyer are those of the earliest. An exclusion takes it out from its own time on. */
#ifndef DOMAIN_REVIEW_H
#define DOMAIN_REVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/fact.h"

/* A buyer's latest so many active reviews count. */
#define REVIEWS_PER_BUYER 20

struct review_view {
    bool known;        /* an order.reviewed is known */
    bool active;       /* known, not given by default, not excluded */
    struct instant at; /* INSTANT_NEVER when unknown */
    bool by_default;
    bool excluded;
    uint8_t stars[ASPECTS]; /* 0: not rated */
    const char *order;
    const char *buyer; /* NULL: a buyer of its own */
    bool crowded_out;  /* set by the caller: the buyer has REVIEWS_PER_BUYER later active ones */
};

struct review_view review_at(const struct facts *facts, struct instant t);

/* Which of a buyer's reviews is the later one: by time, then by review id, bytewise. < 0: a is
 * earlier. */
int review_compare(struct instant a_at, const char *a_id, struct instant b_at, const char *b_id);

/* Negative feedback on an order: active, and 1 or 2 stars for product or service. */
bool review_is_negative(const struct review_view *view);

#endif
