/* Notices: what is told to a store's people and systems. They are written in the transaction of
 * what they tell, so that none is lost and none is told of what did not happen. */
#ifndef BOOKS_NOTICES_H
#define BOOKS_NOTICES_H

#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"

struct db;

/* Types: words of [a-z0-9_] joined by dots, at most 64 bytes. */
#define NOTICE_LEVEL "backlog.level_changed"
#define NOTICE_VERDICT "backlog.verdict"
#define NOTICE_REVOKED "backlog.verdict_revoked"
#define NOTICE_RESTRICTED "backlog.restriction_began"
#define NOTICE_UNRESTRICTED "backlog.restriction_ended"
#define NOTICE_REPORT "delay_report.changed"

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

#endif
