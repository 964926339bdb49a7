#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* True if all eight bytes are ASCII and none is NUL. */
static bool plain_ascii(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    return ((word | (word - ones)) & highs) == 0;
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the well-formed character at text (Unicode, table 3-7), 0 if there is none. */
static size_t character(const unsigned char *text, size_t len)
{
    unsigned char lead = text[0];
    if (lead < 0x80)
        return lead != 0;
    size_t size = 0;
    unsigned char least = 0x80;
    unsigned char most = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        size = 3;
        if (lead == 0xe0)
            least = 0xa0; /* overlong */
        if (lead == 0xed)
            most = 0x9f; /* surrogates */
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4;
        if (lead == 0xf0)
            least = 0x90; /* overlong */
        if (lead == 0xf4)
            most = 0x8f; /* beyond U+10FFFF */
    } else {
        return 0;
    }
    if (size > len || text[1] < least || text[1] > most)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (!is_continuation(text[i]))
            return 0;
    }
    return size;
}

bool utf8_valid(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        if (len - at >= 8 && plain_ascii(text + at)) {
            at += 8;
            continue;
        }
        size_t size = character((const unsigned char *)text + at, len - at);
        if (size == 0)
            return false;
        at += size;
    }
    return true;
}

size_t utf8_cut(const char *text, size_t len, size_t max)
{
    if (max >= len)
        return len;
    size_t n = max;
    while (n > 0 && is_continuation((unsigned char)text[n]))
        n--;
    return n;
}
