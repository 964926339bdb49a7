/* The way into jansson: every text that this layer reads comes through here. Private to src/json.
 * Values are passed as non-const only because jansson's iteration asks for that; nothing here
 * changes one. */
#ifndef JSON_PARSE_H
#define JSON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/fault.h"

static inline void cleanup_json(json_t **json)
{
    json_decref(*json);
}

#define AUTO_JSON __attribute__((cleanup(cleanup_json)))

/* Parses an object or array of at most `max_depth` nested ones. ERR_UNPARSABLE (not JSON, not
 * UTF-8, deeper, a name twice in one object, an integer beyond 64 bits; fault pointer "") or
 * ERR_NOMEM. The caller owns ret_json. */
MUST_CHECK enum err parse_json(const char *text, size_t len, unsigned max_depth, json_t **ret_json,
                               struct fault *reterr_fault);

/* A whole document: an object of at most `max_len` bytes. ERR_TOO_LARGE, and ERR_INVALID when it is
 * no object (fault pointer "" for both), beside the above. */
MUST_CHECK enum err parse_document(const char *text, size_t len, size_t max_len, json_t **ret_json,
                                   struct fault *reterr_fault);

/* The member, with null read as absent: NULL. */
json_t *member(json_t *object, const char *name);

/* Whole numbers up to 2^53, which JSON may spell 1, 1.0 or 1e0 alike. */
bool whole_number(json_t *json, int64_t *ret_value);

/* One exact spelling for each element of a list of names: "a, b, c", for the detail of a fault. */
#define NAMES_TEXT_SIZE 128
void names_text(const char *const *names, char text[static NAMES_TEXT_SIZE]);

/* Index of text in the NULL-terminated list, -1 if it is not there. */
int name_index(const char *const *names, const char *text);

#endif
