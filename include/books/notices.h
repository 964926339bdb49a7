/* Notices: what is told to a store's people and systems. They are written in the transaction of
 * what they tell, so that none is lost and none is told of what did not happen. */
#ifndef BOOKS_NOTICES_H
#define BOOKS_NOTICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

struct db;
struct jsonw;

/* Types: words of [a-z0-9_] joined by dots, at most 64 bytes. */
#define NOTICE_LEVEL "backlog.level_changed"
#define NOTICE_VERDICT "backlog.verdict"
#define NOTICE_REVOKED "backlog.verdict_revoked"
#define NOTICE_RESTRICTED "backlog.restriction_began"
#define NOTICE_UNRESTRICTED "backlog.restriction_ended"
#define NOTICE_REPORT "delay_report.changed"
#define NOTICE_TEST "windvane.test" /* only ever asked for */

/* Those that can be subscribed to, ended by NULL. */
extern const char *const notice_types[];

/* Borrowed for the call. */
struct notice {
    const char *type;
    struct instant at; /* the instant that it is about */
    const char *data;  /* JSON object, at most 64 KiB */
    size_t data_len;
};

/* Adds the notices of one store, in this order, and what has to be delivered of them. Holds the
 * store's row of notification_heads until the caller's transaction ends: call it late, and for the
 * stores of one transaction ascending. */
MUST_CHECK enum err notices_add(struct db *db, const char *store, struct instant recorded_at,
                                const struct notice *notices, size_t count);

/* One that is kept; borrowed. */
struct notification {
    int64_t seq;
    const char *type;
    struct instant at;
    struct instant recorded_at;
    const char *data;
    size_t data_len;
};

/* The members id, type, at, recorded_at and data: the same wherever a notification is told. */
void notification_write(struct jsonw *json, const struct notification *notification);

/* Adds a notice of type NOTICE_TEST, which is delivered to that subscription alone. */
MUST_CHECK enum err notices_test(struct db *db, const char *store, const char *subscription,
                                 struct instant now);

#endif
