/* The SHA-256 functions of OpenSSL 1.1 on purpose: their context is a plain local, so hashing
 * neither allocates nor fails, and for the short texts here it takes half the time of the EVP
 * interface, which looks its algorithm up on each call. */
#define OPENSSL_API_COMPAT 0x10101000L
#include "base/digest.h"

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

_Static_assert(SHA256_SIZE == SHA256_DIGEST_LENGTH, "SHA-256 has 32 bytes");

void sha256(const struct digest_part *parts, size_t count, uint8_t ret_digest[static SHA256_SIZE])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    for (size_t i = 0; i < count; i++)
        SHA256_Update(&context, parts[i].data, parts[i].len);
    SHA256_Final(ret_digest, &context);
}

enum err hmac_sha256(const void *key, size_t key_len, const struct digest_part *parts, size_t count,
                     uint8_t ret_digest[static SHA256_SIZE])
{
    HMAC_CTX *context = HMAC_CTX_new();
    if (context == NULL)
        return ERR_NOMEM;
    int ok = key_len <= INT_MAX && HMAC_Init_ex(context, key, (int)key_len, EVP_sha256(), NULL);
    for (size_t i = 0; ok && i < count; i++)
        ok = HMAC_Update(context, parts[i].data, parts[i].len);
    if (ok)
        ok = HMAC_Final(context, ret_digest, NULL);
    HMAC_CTX_free(context);
    return ok ? ERR_OK : ERR_NOMEM;
}

void hex_encode(const uint8_t *data, size_t len, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *text++ = digits[data[i] >> 4];
        *text++ = digits[data[i] & 15];
    }
    *text = '\0';
}

enum err random_bytes(void *data, size_t len)
{
    if (len > INT_MAX || RAND_bytes(data, (int)len) != 1)
        return ERR_INTERNAL;
    return ERR_OK;
}

bool equal_constant_time(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

/* Gives the place after the text, which is not ended. */
static char *encode_groups(const uint8_t *data, size_t len, const char *alphabet, char *text)
{
    for (size_t at = 0; at < len; at += 3) {
        size_t bytes = len - at < 3 ? len - at : 3;
        uint32_t group = (uint32_t)data[at] << 16;
        if (bytes > 1)
            group |= (uint32_t)data[at + 1] << 8;
        if (bytes > 2)
            group |= data[at + 2];
        for (size_t i = 0; i <= bytes; i++)
            *text++ = alphabet[(group >> (18 - 6 * i)) & 63];
    }
    return text;
}

void base64_encode(const uint8_t *data, size_t len, char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text = encode_groups(data, len, alphabet, text);
    for (size_t rest = len; rest % 3 != 0; rest++)
        *text++ = '=';
    *text = '\0';
}

void base64url_encode(const uint8_t *data, size_t len, char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    *encode_groups(data, len, alphabet, text) = '\0';
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '-')
        return 62;
    return c == '_' ? 63 : -1;
}

enum err base64url_decode(const char *text, size_t text_len, uint8_t *data, size_t size,
                          size_t *ret_len)
{
    if (text_len % 4 == 1)
        return ERR_INVALID;
    size_t len = text_len / 4 * 3 + (text_len % 4 == 0 ? 0 : text_len % 4 - 1);
    if (len > size)
        return ERR_INVALID;
    uint32_t bits = 0;
    unsigned count = 0;
    size_t at = 0;
    for (size_t i = 0; i < text_len; i++) {
        int value = base64url_value(text[i]);
        if (value < 0)
            return ERR_INVALID;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[at++] = (uint8_t)(bits >> count & 0xff);
        }
    }
    /* The bits left over must be zero: one value has one text. */
    if ((bits & ((UINT32_C(1) << count) - 1)) != 0)
        return ERR_INVALID;
    *ret_len = len;
    return ERR_OK;
}
