/* Deliveries in the database: which are due, whose turn it is, and what became of them. */
#ifndef JOBS_OUTBOX_H
#define JOBS_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"
#include "books/notices.h"
#include "domain/limits.h"

struct db;
struct db_result;

#define SUBSCRIPTION_ID_SIZE 17
#define DELIVERY_ID_SIZE 33

/* Names a delivery. */
struct delivery_key {
    char store[ID_MAX_BYTES + 1];
    int64_t seq;
    char subscription[SUBSCRIPTION_ID_SIZE];
};

/* How much may be begun. */
struct outbox_room {
    int32_t each; /* for a subscription that answers; 1 for others */
    int32_t all;
    int32_t silent; /* of all: for subscriptions that do not answer */
    const char *const *busy;
    size_t busy_count; /* subscriptions that take nothing now */
};

/* What is due at `now`: columns store, number, subscription, when it was due, whether the
 * subscription answers; in the order in which to claim. */
MUST_CHECK enum err outbox_due(struct db *db, struct instant now, const struct outbox_room *room,
                               struct db_result **ret_due);

/* An attempt that is ours to make; borrowed from the result. */
struct attempt {
    const char *id; /* of the delivery */
    int64_t number; /* 1 is the first */
    const char *url;
    const void *secret;
    size_t secret_len;
    const void *old_secret; /* NULL: none is valid any more */
    size_t old_secret_len;
    struct notification notification;
};

/* Queues on the connection's pipeline the claim of row `row` of what is due; it holds until
 * `until`, by when the attempt has to be over: then any process may make it. */
MUST_CHECK enum err outbox_claim(struct db *db, const struct db_result *due, int row,
                                 struct instant now, struct instant until);
/* What such a claim gave: false when another process has it. */
bool outbox_attempt(const struct db_result *claimed, struct attempt *ret_attempt);

MUST_CHECK enum err outbox_delivered(struct db *db, const struct delivery_key *key,
                                     struct instant now, int status);

struct failure {
    int status; /* 0: there was no answer */
    const char *error;
    struct instant next; /* INSTANT_NEVER: that was the last attempt */
};
/* `until` is the claim's: nothing is changed when it is another process's meanwhile. */
MUST_CHECK enum err outbox_failed(struct db *db, const struct delivery_key *key,
                                  struct instant until, struct instant now,
                                  const struct failure *failure);

/* Who answered: a subscription, and the address that it had when the attempt was claimed. */
struct receiver {
    const char *subscription;
    const char *url;
};
/* Whether it answers is remembered. */
MUST_CHECK enum err outbox_answers(struct db *db, const struct receiver *receiver, bool answers);

/* The receiver wants no more, or a rest. ret_holds: false when the subscription has another address
 * by now, which is not held to it. */
MUST_CHECK enum err outbox_gone(struct db *db, const struct receiver *receiver, const char *reason,
                                bool *ret_holds);
MUST_CHECK enum err outbox_rest(struct db *db, const struct receiver *receiver,
                                struct instant until, bool *ret_holds);

#endif
