/* What is sent of a notification: Standard Webhooks 1.0. */
#ifndef JOBS_WEBHOOK_H
#define JOBS_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct notification;

#define WEBHOOK_SIGNATURE_SIZE 48 /* "v1,", base64 of 32 bytes, a NUL */

/* One entry of webhook-signature. ERR_NOMEM. */
MUST_CHECK enum err webhook_sign(const void *secret, size_t secret_len, const char *id,
                                 int64_t timestamp_s, const char *body, size_t body_len,
                                 char ret_text[static WEBHOOK_SIGNATURE_SIZE]);

/* {"type","timestamp","data"}: data is the notification as a stream tells it. */
void webhook_body(const char *store, const struct notification *notification, struct buf *out);

#endif
