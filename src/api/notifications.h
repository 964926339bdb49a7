/* What the list of notifications and the streams share. */
#ifndef API_NOTIFICATIONS_H
#define API_NOTIFICATIONS_H

#include "call.h"

/* The number of a notification in text; ERR_INVALID with a fault at `pointer`, whose sentence
 * begins with `where`. */
MUST_CHECK enum err call_seq(struct call *call, const char *where, const char *pointer,
                             const char *text, int64_t *ret_seq);

/* The number of a store's newest notification (0: none) and how many are unread. ERR_NOT_FOUND:
 * there is no such store. */
MUST_CHECK enum err notifications_head(struct db *db, const char *store, int64_t *ret_head,
                                       int64_t *ret_unread);

#endif
