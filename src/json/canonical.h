/* One text for each JSON value, however it was spelled: names sorted bytewise, no spaces, one form
 * of every number and string. Texts are equal exactly where the values are, so that a digest over
 * them tells whether two bodies say the same. Private to src/json. */
#ifndef JSON_CANONICAL_H
#define JSON_CANONICAL_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes at most: escapes and exponents may make a text longer than it came, but not by more than
 * this. */
#define CANONICAL_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* Appends the value. Whole numbers are written as integers (1, 1.0 and 1e0 are all 1), others in
 * the shortest form that reads back as the same double. */
MUST_CHECK enum err canonical_put(struct buf *out, json_t *json);

/* The same for an object whose own members are left out where they are null: null = omitted. Deeper
 * nulls stay. */
MUST_CHECK enum err canonical_put_members(struct buf *out, json_t *object);

#endif
