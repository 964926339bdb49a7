/* A request target taken apart: the path as received, and the query percent-decoded. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "api/api.h"

struct target {
    char *memory; /* owns what the other members point into */
    const char *path;
    char *scratch; /* strlen(path) + 1 bytes for api_route_find */
    size_t query_count;
    struct api_pair query[API_QUERY_MAX];
};

/* Reads an origin-form or absolute-form target (RFC 9112, 3.2). ERR_INVALID when a percent-encoding
 * is broken, or when something decodes to a control character, NUL or ill-formed UTF-8, or when
 * there are more than API_QUERY_MAX parameters; `reterr_why` then is a static sentence. ERR_NOMEM.
 * A '+' in the query is a blank, as HTML forms and every client library write it. */
MUST_CHECK enum err target_parse(const char *raw, struct target *ret_target,
                                 const char **reterr_why);
void target_done(struct target *target); /* a zeroed one is fine */

#endif
