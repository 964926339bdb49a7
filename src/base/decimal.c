#include "base/decimal.h"

#include <stdbool.h>

__extension__ typedef unsigned __int128 wide;

#define DECIMALS_MAX 18

static uint64_t power_of_ten(int exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static int64_t with_sign(bool negative, uint64_t value)
{
    if (!negative)
        return value > INT64_MAX ? INT64_MAX : (int64_t)value;
    return value > INT64_MAX ? INT64_MIN : -(int64_t)value;
}

int64_t decimal_ratio(int64_t num, int64_t den, int decimals)
{
    wide scaled = (wide)magnitude(num) * power_of_ten(decimals);
    wide divisor = (uint64_t)den;
    wide quotient = scaled / divisor;
    if (scaled % divisor * 2 >= divisor)
        quotient++;
    uint64_t rounded = quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
    return with_sign(num < 0, rounded);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* value = value * 10 + digit; false on overflow of int64's magnitude. */
static bool add_digit(uint64_t *value, char digit)
{
    uint64_t next;
    if (__builtin_mul_overflow(*value, UINT64_C(10), &next))
        return false;
    if (__builtin_add_overflow(next, (uint64_t)(digit - '0'), &next))
        return false;
    *value = next;
    return true;
}

static bool fits(bool negative, uint64_t value)
{
    return value <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
}

enum err decimal_parse(const char *text, size_t len, int decimals, int64_t *ret_scaled)
{
    size_t at = 0;
    bool negative = len > 0 && text[0] == '-';
    if (negative)
        at++;
    uint64_t value = 0;
    size_t whole_from = at;
    for (; at < len && is_digit(text[at]); at++) {
        if (!add_digit(&value, text[at]))
            return ERR_INVALID;
    }
    if (at == whole_from)
        return ERR_INVALID;
    int given = 0;
    if (at < len && text[at] == '.') {
        at++;
        size_t fraction_from = at;
        for (; at < len && is_digit(text[at]); at++) {
            if (given < decimals) {
                if (!add_digit(&value, text[at]))
                    return ERR_INVALID;
                given++;
            } else if (text[at] != '0') {
                return ERR_INVALID;
            }
        }
        if (at == fraction_from)
            return ERR_INVALID;
    }
    if (at != len)
        return ERR_INVALID;
    for (; given < decimals; given++) {
        if (!add_digit(&value, '0'))
            return ERR_INVALID;
    }
    if (!fits(negative, value))
        return ERR_INVALID;
    *ret_scaled = with_sign(negative, value);
    return ERR_OK;
}

void decimal_put(struct buf *out, int64_t scaled, int decimals)
{
    char text[2 + 20 + DECIMALS_MAX];
    char *end = text + sizeof text;
    char *at = end;
    uint64_t rest = magnitude(scaled);
    for (int i = 0; i < decimals; i++) {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (decimals > 0)
        *--at = '.';
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (scaled < 0)
        *--at = '-';
    buf_append(out, at, (size_t)(end - at));
}

enum err int_parse(const char *text, size_t len, int64_t min, int64_t max, int64_t *ret_value)
{
    bool negative = len > 0 && text[0] == '-';
    size_t from = negative ? 1 : 0;
    if (from == len)
        return ERR_INVALID;
    uint64_t value = 0;
    for (size_t at = from; at < len; at++) {
        if (!is_digit(text[at]) || !add_digit(&value, text[at]))
            return ERR_INVALID;
    }
    if (!fits(negative, value))
        return ERR_INVALID;
    int64_t signed_value = with_sign(negative, value);
    if (signed_value < min || signed_value > max)
        return ERR_INVALID;
    *ret_value = signed_value;
    return ERR_OK;
}
