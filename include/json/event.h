/* CloudEvents in, domain events out (CONTRACT section 3): parses, checks every limit and type,
 * and computes the digest. All strings of the event live in the arena. Errors: ERR_UNPARSABLE
 * (not JSON, too deep, duplicate keys, bad UTF-8: fault pointer ""), ERR_INVALID (a member
 * breaks a rule: pointer to it, into the event), ERR_TOO_LARGE, ERR_NOMEM. Whether the store
 * exists is not checked here. */
#ifndef JSON_EVENT_H
#define JSON_EVENT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/instant.h"
#include "domain/event.h"

/* One structured event. `now` is the clock of the request: what lies more than CLOCK_AHEAD_MAX_S
 * ahead of it is invalid, and it is the received_at that effective times are taken from. On
 * ERR_INVALID ret_event still has store, source, id and type where they could be read (else
 * NULL), so that a rejected event can be named. ERR_TOO_LARGE above EVENT_MAX_BYTES. */
MUST_CHECK enum err event_decode(const char *text, size_t len, struct instant now,
                                 struct arena *arena, struct event *ret_event,
                                 struct fault *reterr_fault);

/* Binary mode: the attributes come from ce- headers (already percent-decoded, NULL when absent),
 * the body is `data`. */
struct event_attributes {
    const char *specversion;
    const char *id;
    const char *source;
    const char *type;
    const char *time;
};
MUST_CHECK enum err event_decode_binary(const struct event_attributes *attributes, const char *data,
                                        size_t len, struct instant now, struct arena *arena,
                                        struct event *ret_event, struct fault *reterr_fault);

/* A batch: a JSON array of structured events. Each element has its own outcome. ERR_TOO_LARGE
 * above BATCH_MAX_EVENTS. */
struct batch_element {
    enum err err; /* ERR_OK or ERR_INVALID */
    struct event event;
    struct fault fault; /* pointer into the event */
    const char *text;   /* ERR_INVALID: the element as compact JSON, for the quarantine */
    size_t text_len;
};
MUST_CHECK enum err event_decode_batch(const char *text, size_t len, struct instant now,
                                       struct arena *arena, struct batch_element **ret_elements,
                                       size_t *ret_count, struct fault *reterr_fault);

/* An event as the log keeps it, for rebuild and verify: no clock check; effective times come
 * from the stored received_at. */
struct event_record {
    const char *source;
    const char *id;
    const char *type;
    struct instant time;
    struct instant received_at;
    const char *data; /* canonical JSON */
    size_t data_len;
};
MUST_CHECK enum err event_restore(const struct event_record *record, struct arena *arena,
                                  struct event *ret_event, struct fault *reterr_fault);

#endif
