#include "base/percent.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t percent_decode(const char *text, char *ret_byte)
{
    *ret_byte = text[0];
    if (text[0] != '%')
        return 1;
    int high = hex_digit(text[1]);
    int low = high < 0 ? -1 : hex_digit(text[2]);
    if (low < 0)
        return 0;
    *ret_byte = (char)(high * 16 + low);
    return 3;
}
