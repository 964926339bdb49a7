/* Small request bodies: a JSON object in, checked values out. The only door to the JSON library
 * outside src/json.
 *
 *     struct doc doc;
 *     err = doc_parse(body, len, &doc, &fault);
 *     struct reader reader;
 *     reader_init(&reader, &doc, &fault);
 *     const char *name = reader_text(&reader, "name", 200);
 *     const char *zone = reader_optional_text(&reader, "time_zone", 64);
 *     err = reader_finish(&reader);
 *     if (err == ERR_OK)
 *         use(name, zone);
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

/* Reads the document once. */
struct reader {
    struct json_t *object;
    struct fault *fault;
    bool failed;
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

/* true or false; `absent` where the member is absent. */
bool reader_bool(struct reader *reader, const char *name, bool absent);

/* An array of at most max_items strings of 1 to max_bytes bytes; 0 where there is none. ret_items
 * has room for max_items. */
size_t reader_texts(struct reader *reader, const char *name, size_t max_items, size_t max_bytes,
                    const char **ret_items);

/* Whether the member is a number; it must be a whole one of 0 to max then. false for other types,
 * which another reader may take, and where there is none. Counts as asked. */
bool reader_number(struct reader *reader, const char *name, int64_t max, int64_t *ret_value);

/* The caller's own rule: faults the member unless an earlier fault stands. */
__attribute__((format(printf, 3, 4))) void reader_fault(struct reader *reader, const char *name,
                                                        const char *format, ...);

/* Ends the reading: a member that nobody asked for is a fault. ERR_INVALID after that or any fault
 * before it. */
MUST_CHECK enum err reader_finish(struct reader *reader);

#endif
