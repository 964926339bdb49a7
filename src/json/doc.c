#include "json/doc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/limits.h"
#include "parse.h"

enum err doc_parse(const char *text, size_t len, struct doc *ret_doc, struct fault *reterr_fault)
{
    json_t *root;
    enum err err = parse_json(text, len, JSON_MAX_DEPTH, &root, reterr_fault);
    if (err)
        return err;
    if (!json_is_object(root)) {
        json_decref(root);
        fault_set(reterr_fault, "", "must be an object");
        return ERR_INVALID;
    }
    ret_doc->root = root;
    return ERR_OK;
}

void doc_done(struct doc *doc)
{
    json_decref(doc->root);
    doc->root = NULL;
}

void reader_init(struct reader *reader, const struct doc *doc, struct fault *reterr_fault)
{
    *reader = (struct reader){.object = doc->root, .fault = reterr_fault};
}

static void fail(struct reader *reader)
{
    for (; reader; reader = reader->parent)
        reader->failed = true;
}

void reader_fault(struct reader *reader, const char *name, const char *format, ...)
{
    if (reader->failed)
        return;
    struct fault *fault = reader->fault;
    va_list args;
    va_start(args, format);
    char detail[sizeof(fault->detail)];
    (void)vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    fault_set(fault, reader->pointer, "%s", detail);
    pointer_push_name(fault->pointer, sizeof(fault->pointer), name);
    fail(reader);
}

/* The value of a member, NULL if absent; remembers that it was asked for. */
static json_t *ask(struct reader *reader, const char *name)
{
    assert(reader->asked_count < READER_MEMBERS_MAX);
    reader->asked[reader->asked_count++] = name;
    return reader->failed ? NULL : member(reader->object, name);
}

static json_t *ask_required(struct reader *reader, const char *name)
{
    json_t *value = ask(reader, name);
    if (!value)
        reader_fault(reader, name, "is required");
    return value;
}

bool reader_has(struct reader *reader, const char *name)
{
    return ask(reader, name) != NULL;
}

static bool text_fits(json_t *value, size_t max_bytes)
{
    size_t len = json_string_length(value); /* 0 for other types */
    return len >= 1 && len <= max_bytes;
}

static const char *text_of(struct reader *reader, const char *name, json_t *value, size_t max_bytes)
{
    if (!value)
        return NULL;
    if (!text_fits(value, max_bytes)) {
        reader_fault(reader, name, "must be a string of 1 to %zu bytes", max_bytes);
        return NULL;
    }
    return json_string_value(value);
}

const char *reader_text(struct reader *reader, const char *name, size_t max_bytes)
{
    return text_of(reader, name, ask_required(reader, name), max_bytes);
}

const char *reader_optional_text(struct reader *reader, const char *name, size_t max_bytes)
{
    return text_of(reader, name, ask(reader, name), max_bytes);
}

int reader_choice(struct reader *reader, const char *name, const char *const *names, int absent)
{
    json_t *value = absent == READER_REQUIRED ? ask_required(reader, name) : ask(reader, name);
    if (!value)
        return absent == READER_REQUIRED ? -1 : absent;
    const char *text = json_string_value(value);
    int index = text ? name_index(names, text) : -1;
    if (index < 0) {
        char known[NAMES_TEXT_SIZE];
        names_text(names, known);
        reader_fault(reader, name, "must be one of: %s", known);
    }
    return index;
}

int64_t reader_int(struct reader *reader, const char *name, int64_t min, int64_t max,
                   int64_t absent)
{
    json_t *value = ask(reader, name);
    if (!value)
        return absent;
    int64_t number;
    if (!whole_number(value, &number) || number < min || number > max) {
        reader_fault(reader, name, "must be a whole number from %lld to %lld", (long long)min,
                     (long long)max);
        return absent;
    }
    return number;
}

bool reader_bool(struct reader *reader, const char *name, bool absent)
{
    json_t *value = ask(reader, name);
    if (!value)
        return absent;
    if (!json_is_boolean(value)) {
        reader_fault(reader, name, "must be true or false");
        return absent;
    }
    return json_is_true(value);
}

static struct instant instant_of(struct reader *reader, const char *name, json_t *value)
{
    struct instant t = INSTANT_NEVER;
    if (!value)
        return t;
    if (!json_is_string(value)) {
        reader_fault(reader, name, "must be an RFC 3339 date-time as a string");
        return t;
    }
    const char *why;
    if (instant_parse(json_string_value(value), json_string_length(value), &t, &why))
        reader_fault(reader, name, "%s", why);
    return t;
}

struct instant reader_instant(struct reader *reader, const char *name)
{
    return instant_of(reader, name, ask_required(reader, name));
}

struct instant reader_optional_instant(struct reader *reader, const char *name)
{
    return instant_of(reader, name, ask(reader, name));
}

/* A child's place in the document. */
static void start_child(struct reader *reader, const char *name, json_t *object,
                        struct reader *ret_child)
{
    *ret_child = (struct reader){
        .object = object, .parent = reader, .fault = reader->fault, .failed = reader->failed};
    memcpy(ret_child->pointer, reader->pointer, sizeof(ret_child->pointer));
    pointer_push_name(ret_child->pointer, sizeof(ret_child->pointer), name);
}

/* Faults the i-th element of an array member. */
static void fault_element(struct reader *reader, const char *name, size_t index, const char *detail)
{
    struct reader place;
    start_child(reader, name, NULL, &place);
    char text[24];
    (void)snprintf(text, sizeof(text), "%zu", index);
    reader_fault(&place, text, "%s", detail);
}

/* The array of at most max_items that the value must be; its length. */
static size_t array_size(struct reader *reader, const char *name, json_t *value, size_t max_items)
{
    if (!value)
        return 0;
    if (!json_is_array(value) || json_array_size(value) > max_items) {
        reader_fault(reader, name, "must be an array of at most %zu", max_items);
        return 0;
    }
    return json_array_size(value);
}

size_t reader_texts(struct reader *reader, const char *name, size_t max_items, size_t max_bytes,
                    const char **ret_items)
{
    json_t *array = ask(reader, name);
    size_t count = array_size(reader, name, array, max_items);
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(array, i);
        if (!text_fits(item, max_bytes)) {
            char detail[64];
            (void)snprintf(detail, sizeof(detail), "must be a string of 1 to %zu bytes", max_bytes);
            fault_element(reader, name, i, detail);
            return 0;
        }
        ret_items[i] = json_string_value(item);
    }
    return count;
}

bool reader_object(struct reader *reader, const char *name, struct reader *ret_child)
{
    json_t *value = ask(reader, name);
    if (value && !json_is_object(value)) {
        reader_fault(reader, name, "must be an object");
        value = NULL;
    }
    start_child(reader, name, value, ret_child);
    return value != NULL;
}

size_t reader_items(struct reader *reader, const char *name, size_t max_items)
{
    json_t *array = ask(reader, name);
    size_t count = array_size(reader, name, array, max_items);
    for (size_t i = 0; i < count; i++) {
        if (!json_is_object(json_array_get(array, i))) {
            fault_element(reader, name, i, "must be an object");
            return 0;
        }
    }
    return count;
}

void reader_item(struct reader *reader, const char *name, size_t index, struct reader *ret_child)
{
    json_t *array = member(reader->object, name);
    start_child(reader, name, json_array_get(array, index), ret_child);
    pointer_push_index(ret_child->pointer, sizeof(ret_child->pointer), index);
}

static bool was_asked(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->asked_count; i++) {
        if (strcmp(reader->asked[i], name) == 0)
            return true;
    }
    return false;
}

void reader_finish_child(struct reader *child)
{
    if (child->failed)
        return;
    const char *name;
    json_t *value;
    json_object_foreach(child->object, name, value)
    {
        if (!was_asked(child, name))
            reader_fault(child, name, "is not a member that is known here");
    }
}

enum err reader_finish(struct reader *reader)
{
    reader_finish_child(reader);
    return reader->failed ? ERR_INVALID : ERR_OK;
}
