/* Refuses requests that two parsers could read in two ways. libmicrohttpd 0.9.75 accepts several of
 * them (two lengths, a length beside chunks, a blank before the colon), which behind a proxy is
 * request smuggling. Knows no libmicrohttpd: it is fed with header fields. */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stddef.h>

/* What a head may hold; what goes further is 431, or 414. */
#define GUARD_FIELDS_MAX (24 * 1024)
#define GUARD_TARGET_MAX (8 * 1024)

struct guard {
    unsigned hosts;
    unsigned content_lengths;
    unsigned transfer_encodings;
    size_t bytes;      /* of all fields */
    const char *fault; /* the first one, a static sentence */
};

/* Takes one header field; start with a zeroed guard. */
void guard_header(struct guard *guard, const char *name, size_t name_len, const char *value,
                  size_t value_len);

/* After the last field: NULL, or why the request is refused. The connection must not be read any
 * further then. */
const char *guard_verdict(const struct guard *guard, const char *method, const char *version);

/* The method's name in static memory, NULL when it is none of RFC 9110 and RFC 5789 (they are
 * case-sensitive). */
const char *guard_method(const char *method);

#endif
