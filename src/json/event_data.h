/* Checks an event's `data` against the rules of its type. Private to src/json. */
#ifndef JSON_EVENT_DATA_H
#define JSON_EVENT_DATA_H

#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/instant.h"
#include "domain/fact.h"
#include "json/event_type.h"

/* ERR_INVALID with the first member that breaks a rule, in the order of the rules; pointers begin
 * with /data. Instants that must not lie ahead of the clock are compared with `latest`
 * (INSTANT_NEVER: no check). Members that the type does not know are nobody's business here. */
MUST_CHECK enum err event_data_check(const struct event_type *type, json_t *data,
                                     struct instant latest, struct fault *reterr_fault);

/* Readers for data that has passed the check; NULL, INSTANT_NEVER, `absent` and 0 where there is no
 * such member. */
const char *data_text(json_t *data, const char *name);
struct instant data_instant(json_t *data, const char *name);
int data_choice(json_t *data, const char *name, const char *const *names, int absent);
/* The fact.value that a MEMBER_WORD stands for. */
int32_t data_word(json_t *data, const char *name, enum fact_kind kind);

#endif
