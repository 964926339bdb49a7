#include "jobs/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/jsonw.h"
#include "books/notices.h"

enum err webhook_sign(const void *secret, size_t secret_len, const char *id, int64_t timestamp_s,
                      const char *body, size_t body_len,
                      char ret_text[static WEBHOOK_SIGNATURE_SIZE])
{
    char timestamp[24];
    int len = snprintf(timestamp, sizeof timestamp, ".%" PRId64 ".", timestamp_s);
    const struct digest_part parts[] = {
        {id, strlen(id)}, {timestamp, (size_t)len}, {body, body_len}};
    uint8_t digest[SHA256_SIZE];
    enum err err = hmac_sha256(secret, secret_len, parts, 3, digest);
    if (err != ERR_OK)
        return err;
    memcpy(ret_text, "v1,", 3);
    base64_encode(digest, sizeof digest, ret_text + 3);
    return ERR_OK;
}

void webhook_body(const char *store, const struct notification *notification, struct buf *out)
{
    struct jsonw json;
    jsonw_init(&json, out);
    jsonw_object(&json, NULL);
    jsonw_string(&json, "type", notification->type);
    jsonw_instant(&json, "timestamp", notification->at);
    jsonw_object(&json, "data");
    jsonw_string(&json, "store", store);
    notification_write(&json, notification);
    jsonw_end_object(&json);
    jsonw_end_object(&json);
}
