#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates, no NUL). */
bool utf8_valid(const char *text, size_t len);

/* The greatest n <= max such that the first n bytes do not split a character. */
size_t utf8_cut(const char *text, size_t len, size_t max);

#endif
