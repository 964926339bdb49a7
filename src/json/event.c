/* The envelope of an event, in its three transport forms and as the log keeps it, and what all of
 * them have in common. */
#include "json/event.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/media.h"
#include "base/utf8.h"
#include "domain/limits.h"
#include "json/canonical.h"
#include "json/event_data.h"
#include "json/event_fact.h"
#include "json/event_type.h"
#include "json/parse.h"

/* What the checks of an event depend on. */
struct reading {
    struct instant received_at;
    struct instant latest; /* what lies ahead of it is invalid; INSTANT_NEVER: no check */
    struct arena *arena;
};

static struct reading reading_at(struct instant now, struct arena *arena)
{
    struct instant latest = {now.us + CLOCK_AHEAD_MAX_S * US_PER_SECOND};
    return (struct reading){.received_at = now, .latest = latest, .arena = arena};
}

static enum err invalid(struct fault *fault, const char *pointer, const char *detail)
{
    fault_set(fault, pointer, "%s", detail);
    return ERR_INVALID;
}

static enum err check_size(size_t len, struct fault *fault)
{
    if (len <= EVENT_MAX_BYTES)
        return ERR_OK;
    fault_set(fault, "", "is larger than %d bytes", EVENT_MAX_BYTES);
    return ERR_TOO_LARGE;
}

/* Attributes may come from headers, which nobody has checked yet. */
static bool is_id(const char *text)
{
    if (text == NULL)
        return false;
    size_t len = strlen(text);
    return len >= 1 && len <= ID_MAX_BYTES && utf8_valid(text, len);
}

/* Copies an id that can be read; leaves NULL otherwise, which the checks below then report. */
static enum err copy_id(struct arena *arena, const char *text, const char **ret_copy)
{
    if (!is_id(text))
        return ERR_OK;
    *ret_copy = arena_copy(arena, text, strlen(text));
    return *ret_copy == NULL ? ERR_NOMEM : ERR_OK;
}

/* Before anything is checked, so that a rejected event can be named. */
static enum err name_event(const struct event_attributes *attributes, json_t *data,
                           struct arena *arena, struct event *event)
{
    enum err err = copy_id(arena, attributes->id, &event->id);
    if (err == ERR_OK)
        err = copy_id(arena, attributes->source, &event->source);
    if (err == ERR_OK)
        err = copy_id(arena, attributes->type, &event->type);
    if (err == ERR_OK)
        err = copy_id(arena, json_string_value(member(data, "store")), &event->store);
    return err;
}

static enum err check_time(const char *text, struct instant latest, struct instant *ret_time,
                           struct fault *fault)
{
    if (text == NULL)
        return invalid(fault, "/time", "is required: an RFC 3339 date-time as a string");
    const char *why;
    if (instant_parse(text, strlen(text), ret_time, &why) != ERR_OK)
        return invalid(fault, "/time", why);
    if (instant_before(latest, *ret_time))
        return invalid(fault, "/time", "lies more than 5 minutes ahead of the clock");
    return ERR_OK;
}

static const char own_detail[] =
    "\"" EVENT_OWN_SOURCE "\" is the source of the service's own events";

static bool is_own(const char *source)
{
    return strcmp(source, EVENT_OWN_SOURCE) == 0;
}

static enum err check_attributes(const struct event_attributes *attributes, struct instant latest,
                                 struct event *event, struct fault *fault)
{
    static const char id_detail[] = "is required: a string of 1 to 200 bytes";
    if (attributes->specversion == NULL || strcmp(attributes->specversion, "1.0") != 0)
        return invalid(fault, "/specversion", "must be \"1.0\"");
    if (event->id == NULL)
        return invalid(fault, "/id", id_detail);
    if (event->source == NULL)
        return invalid(fault, "/source", id_detail);
    if (is_own(event->source))
        return invalid(fault, "/source", own_detail);
    if (event->type == NULL)
        return invalid(fault, "/type", id_detail);
    return check_time(attributes->time, latest, &event->time, fault);
}

static void put_digest(struct event *event)
{
    char time[24];
    int time_len = snprintf(time, sizeof time, "\n%lld\n", (long long)event->time.us);
    const struct digest_part parts[] = {
        {event->type, strlen(event->type)},
        {time, (size_t)time_len},
        {event->data, event->data_len},
    };
    uint8_t digest[SHA256_SIZE];
    sha256(parts, sizeof parts / sizeof parts[0], digest);
    memcpy(event->digest, digest, EVENT_DIGEST_SIZE);
}

static enum err keep_canonical(json_t *data, struct arena *arena, struct event *event)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CANONICAL_MAX_BYTES);
    enum err err = canonical_put_members(&text, data);
    if (err != ERR_OK)
        return err;
    event->data = arena_copy(arena, text.data, text.len);
    event->data_len = text.len;
    return event->data == NULL ? ERR_NOMEM : ERR_OK;
}

/* From another source it is a type that windvane does not know. */
static bool is_own_type(const struct event_type *type)
{
    return type->class == EVENT_FACT && fact_is_own(type->fact);
}

/* Everything below the envelope; source, id, type, store and time stand in the event already. */
static enum err read_data(json_t *data, const struct reading *reading, struct event *event,
                          struct fault *fault)
{
    if (!json_is_object(data))
        return invalid(fault, "/data", "is required: an object");
    const struct event_type *type = event_type_find(event->type);
    if (type == NULL || (is_own_type(type) && !is_own(event->source)))
        type = &event_type_unknown;
    enum err err = event_data_check(type, data, reading->latest, fault);
    if (err != ERR_OK)
        return err;
    bool comes_in = !instant_is_never(reading->latest);
    if (comes_in && type->class == EVENT_RETRACTION && is_own(data_text(data, "source")))
        return invalid(fault, "/data/source", own_detail);

    event->class = type->class;
    event->feed = type->feed;
    event->at = instant_min(event->time, reading->received_at);
    switch (type->class) {
    case EVENT_FACT:
        err = event_fact_read(type->fact, data, reading->received_at, reading->arena, event);
        break;
    case EVENT_RETRACTION:
        err = copy_id(reading->arena, data_text(data, "source"), &event->target_source);
        if (err == ERR_OK)
            err = copy_id(reading->arena, data_text(data, "id"), &event->target_id);
        break;
    case EVENT_ALIVE:
        event->feed = (enum feed)(FEED_ORDERS + data_choice(data, "feed", feed_names, 0));
        event->through = instant_min(data_instant(data, "through"), reading->received_at);
        break;
    case EVENT_UNKNOWN:
        break;
    }
    if (err == ERR_OK)
        err = keep_canonical(data, reading->arena, event);
    if (err == ERR_OK)
        put_digest(event);
    return err;
}

static enum err decode_structured(json_t *json, const struct reading *reading, struct event *event,
                                  struct fault *fault)
{
    if (!json_is_object(json))
        return invalid(fault, "", "must be an object");
    const struct event_attributes attributes = {
        .specversion = json_string_value(json_object_get(json, "specversion")),
        .id = json_string_value(json_object_get(json, "id")),
        .source = json_string_value(json_object_get(json, "source")),
        .type = json_string_value(json_object_get(json, "type")),
        .time = json_string_value(json_object_get(json, "time")),
    };
    json_t *data = member(json, "data");
    enum err err = name_event(&attributes, data, reading->arena, event);
    if (err == ERR_OK)
        err = check_attributes(&attributes, reading->latest, event, fault);
    if (err != ERR_OK)
        return err;
    json_t *content_type = member(json, "datacontenttype");
    if (content_type != NULL && !media_type_is(json_string_value(content_type), "application/json"))
        return invalid(fault, "/datacontenttype", "must be application/json");
    if (member(json, "data_base64") != NULL)
        return invalid(fault, "/data_base64", "is not read here: send data as a JSON object");
    return read_data(data, reading, event, fault);
}

enum err event_decode(const char *text, size_t len, struct instant now, struct arena *arena,
                      struct event *ret_event, struct fault *reterr_fault)
{
    *ret_event = (struct event){0};
    enum err err = check_size(len, reterr_fault);
    if (err != ERR_OK)
        return err;
    AUTO_JSON json_t *json = NULL;
    err = parse_json(text, len, JSON_MAX_DEPTH, &json, reterr_fault);
    if (err != ERR_OK)
        return err;
    struct reading reading = reading_at(now, arena);
    return decode_structured(json, &reading, ret_event, reterr_fault);
}

enum err event_decode_binary(const struct event_attributes *attributes, const char *data,
                             size_t len, struct instant now, struct arena *arena,
                             struct event *ret_event, struct fault *reterr_fault)
{
    *ret_event = (struct event){0};
    enum err err = check_size(len, reterr_fault);
    if (err != ERR_OK)
        return err;
    AUTO_JSON json_t *json = NULL;
    err = parse_json(data, len, JSON_MAX_DEPTH - 1, &json, reterr_fault);
    if (err != ERR_OK)
        return err;
    struct reading reading = reading_at(now, arena);
    err = name_event(attributes, json, arena, ret_event);
    if (err == ERR_OK)
        err = check_attributes(attributes, reading.latest, ret_event, reterr_fault);
    if (err == ERR_OK)
        err = read_data(json, &reading, ret_event, reterr_fault);
    return err;
}

static enum err keep_compact(json_t *json, struct arena *arena, struct batch_element *element)
{
    AUTO_BUF struct buf text;
    buf_init(&text, CANONICAL_MAX_BYTES);
    enum err err = canonical_put(&text, json);
    if (err != ERR_OK)
        return err;
    element->text = arena_copy(arena, text.data, text.len);
    element->text_len = text.len;
    return element->text == NULL ? ERR_NOMEM : ERR_OK;
}

/* ERR_OK also where the element itself is invalid. */
static enum err decode_element(json_t *json, const struct reading *reading,
                               struct batch_element *element)
{
    element->err = decode_structured(json, reading, &element->event, &element->fault);
    if (element->err == ERR_INVALID)
        return keep_compact(json, reading->arena, element);
    return element->err;
}

enum err event_decode_batch(const char *text, size_t len, struct instant now, struct arena *arena,
                            struct batch_element **ret_elements, size_t *ret_count,
                            struct fault *reterr_fault)
{
    if (len > BATCH_MAX_BYTES) {
        fault_set(reterr_fault, "", "is larger than %d bytes", BATCH_MAX_BYTES);
        return ERR_TOO_LARGE;
    }
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_json(text, len, JSON_MAX_DEPTH + 1, &json, reterr_fault);
    if (err != ERR_OK)
        return err;
    if (!json_is_array(json))
        return invalid(reterr_fault, "", "must be an array of events");
    size_t count = json_array_size(json);
    if (count > BATCH_MAX_EVENTS) {
        fault_set(reterr_fault, "", "has more than %d events", BATCH_MAX_EVENTS);
        return ERR_TOO_LARGE;
    }

    struct batch_element *elements =
        arena_alloc(arena, (count == 0 ? 1 : count) * sizeof *elements);
    if (elements == NULL)
        return ERR_NOMEM;
    struct reading reading = reading_at(now, arena);
    for (size_t i = 0; i < count; i++) {
        err = decode_element(json_array_get(json, i), &reading, &elements[i]);
        if (err != ERR_OK)
            return err;
    }
    *ret_elements = elements;
    *ret_count = count;
    return ERR_OK;
}

enum err event_restore(const struct event_record *record, struct arena *arena,
                       struct event *ret_event, struct fault *reterr_fault)
{
    *ret_event = (struct event){0};
    AUTO_JSON json_t *json = NULL;
    enum err err = parse_json(record->data, record->data_len, JSON_MAX_DEPTH, &json, reterr_fault);
    if (err != ERR_OK)
        return err;
    const struct event_attributes attributes = {
        .id = record->id, .source = record->source, .type = record->type};
    err = name_event(&attributes, json, arena, ret_event);
    if (err != ERR_OK)
        return err;
    if (ret_event->id == NULL || ret_event->source == NULL || ret_event->type == NULL)
        return invalid(reterr_fault, "", "lacks an id, a source or a type");
    ret_event->time = record->time;
    struct reading reading = {
        .received_at = record->received_at, .latest = INSTANT_NEVER, .arena = arena};
    return read_data(json, &reading, ret_event, reterr_fault);
}
