/* OpenSSL, and nowhere else: hashes, random bytes, comparison in constant time. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SHA256_SIZE 32

/* SHA-256 of the concatenation of the parts. */
struct digest_part {
    const void *data;
    size_t len;
};
void sha256(const struct digest_part *parts, size_t count, uint8_t ret_digest[static SHA256_SIZE]);

/* HMAC-SHA-256 of the concatenation of the parts. ERR_NOMEM. */
MUST_CHECK enum err hmac_sha256(const void *key, size_t key_len, const struct digest_part *parts,
                                size_t count, uint8_t ret_digest[static SHA256_SIZE]);

/* Lower-case hex of `len` bytes into text[2 * len + 1]. */
void hex_encode(const uint8_t *data, size_t len, char *text);

/* Cryptographically strong; ERR_INTERNAL when the system has none to give. */
MUST_CHECK enum err random_bytes(void *data, size_t len);

bool equal_constant_time(const void *a, const void *b, size_t len);

/* Base64 with padding into text[4 * (len + 2) / 3 + 1]. */
void base64_encode(const uint8_t *data, size_t len, char *text);

/* Unpadded base64url. encode: text needs 4 * len / 3 + 4 bytes. decode: ERR_INVALID unless the
 * text is valid and fits `size`. */
void base64url_encode(const uint8_t *data, size_t len, char *text);
MUST_CHECK enum err base64url_decode(const char *text, size_t text_len, uint8_t *data, size_t size,
                                     size_t *ret_len);

#endif
