/* Percent-encoding (RFC 3986, 2.1), undone. */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stddef.h>

/* Reads one byte: "%41" is 'A', and anything but '%' stands for itself. Returns how many characters
 * that took, 1 or 3; 0 and a plain '%' when two hex digits do not follow. Looks no further than the
 * first character that is no hex digit, such as the text's NUL. */
size_t percent_decode(const char *text, char *ret_byte);

#endif
