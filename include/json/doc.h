/* Small request bodies: a JSON object in, checked values out. The only door to the JSON library
 * outside src/json.
 *
 *     struct doc doc;
 *     err = doc_parse(body, len, &doc, &fault);
 *     struct reader reader;
 *     reader_init(&reader, &doc, &fault);
 *     const char *name = reader_text(&reader, "name", 200);
 *     bool test = reader_bool(&reader, "test", false);
 *     err = reader_finish(&reader);
 *     if (!err)
 *         use(name, test);
 *     doc_done(&doc);
 *
 * ERR_INVALID: the fault tells the first thing that is wrong, and no value may be used.
 * A member that is null counts as omitted. After the first fault the readers do nothing and return
 * what absent members give. Strings borrow from the document. */
#ifndef JSON_DOC_H
#define JSON_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/instant.h"

struct json_t; /* jansson's */

/* Once, in main, before threads start. */
void json_init(void);

struct doc {
    struct json_t *root;
};

/* ERR_UNPARSABLE (not JSON: fault pointer ""), ERR_INVALID (not an object) or ERR_NOMEM; doc is
 * untouched then. */
MUST_CHECK enum err doc_parse(const char *text, size_t len, struct doc *ret_doc,
                              struct fault *reterr_fault);
void doc_done(struct doc *doc); /* frees; zeroed is fine */

#define READER_MEMBERS_MAX 24

/* One object of the document. */
struct reader {
    struct json_t *object; /* NULL: reads as an empty one that has no rules */
    struct reader *parent;
    struct fault *fault;
    bool failed;
    char pointer[128];
    const char *asked[READER_MEMBERS_MAX]; /* the members that the caller knows */
    size_t asked_count;
};

void reader_init(struct reader *reader, const struct doc *doc, struct fault *reterr_fault);

/* Whether the member is there and not null. Counts as asked. */
bool reader_has(struct reader *reader, const char *name);

/* Strings of 1 to max_bytes bytes. The first faults where the member is absent, the second returns
 * NULL then. */
const char *reader_text(struct reader *reader, const char *name, size_t max_bytes);
const char *reader_optional_text(struct reader *reader, const char *name, size_t max_bytes);

/* Index into the NULL-terminated list of names; `absent` (an index, or -1) where the member is
 * absent; -2 makes the member required. */
#define READER_REQUIRED (-2)
int reader_choice(struct reader *reader, const char *name, const char *const *names, int absent);

/* A whole number within [min, max], `absent` where there is none. */
int64_t reader_int(struct reader *reader, const char *name, int64_t min, int64_t max,
                   int64_t absent);
bool reader_bool(struct reader *reader, const char *name, bool absent);

/* An RFC 3339 instant; the second returns INSTANT_NEVER where there is none. */
struct instant reader_instant(struct reader *reader, const char *name);
struct instant reader_optional_instant(struct reader *reader, const char *name);

/* An array of at most max_items strings of 1 to max_bytes bytes; 0 where there is none. ret_items
 * has room for max_items. */
size_t reader_texts(struct reader *reader, const char *name, size_t max_items, size_t max_bytes,
                    const char **ret_items);

/* A member that is an object, and an array of objects: a reader of their own each, which reports
 * into its parent. Absent: false (and for items 0). Finish each child (reader_finish_child) before
 * its parent. */
bool reader_object(struct reader *reader, const char *name, struct reader *ret_child);
size_t reader_items(struct reader *reader, const char *name, size_t max_items);
void reader_item(struct reader *reader, const char *name, size_t index, struct reader *ret_child);

/* The caller's own rule: faults the member unless an earlier fault stands. */
__attribute__((format(printf, 3, 4))) void reader_fault(struct reader *reader, const char *name,
                                                        const char *format, ...);

/* Ends the reading of an object: a member that nobody asked for is a fault. ERR_INVALID after that
 * or any fault before it. */
MUST_CHECK enum err reader_finish(struct reader *reader);
void reader_finish_child(struct reader *child); /* its parent's reader_finish tells */

#endif
