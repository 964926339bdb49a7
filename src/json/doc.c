#include "json/doc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/limits.h"
#include "json/parse.h"

enum err doc_parse(const char *text, size_t len, struct doc *ret_doc, struct fault *reterr_fault)
{
    json_t *root;
    enum err err = parse_json(text, len, JSON_MAX_DEPTH, &root, reterr_fault);
    if (err != ERR_OK)
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

void reader_fault(struct reader *reader, const char *name, const char *format, ...)
{
    if (reader->failed)
        return;
    struct fault *fault = reader->fault;
    va_list args;
    va_start(args, format);
    char detail[sizeof fault->detail];
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    fault_set(fault, "", "%s", detail);
    pointer_push_name(fault->pointer, sizeof fault->pointer, name);
    reader->failed = true;
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
    if (value == NULL)
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
    if (value == NULL)
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
    if (value == NULL)
        return absent == READER_REQUIRED ? -1 : absent;
    const char *text = json_string_value(value);
    int index = text == NULL ? -1 : name_index(names, text);
    if (index < 0) {
        char known[NAMES_TEXT_SIZE];
        names_text(names, known);
        reader_fault(reader, name, "must be one of: %s", known);
    }
    return index;
}

bool reader_bool(struct reader *reader, const char *name, bool absent)
{
    json_t *value = ask(reader, name);
    if (value == NULL)
        return absent;
    if (!json_is_boolean(value))
        reader_fault(reader, name, "must be true or false");
    return json_is_true(value);
}

size_t reader_texts(struct reader *reader, const char *name, size_t max_items, size_t max_bytes,
                    const char **ret_items)
{
    json_t *array = ask(reader, name);
    if (array == NULL)
        return 0;
    if (!json_is_array(array) || json_array_size(array) > max_items) {
        reader_fault(reader, name, "must be an array of at most %zu strings", max_items);
        return 0;
    }
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_array_get(array, i);
        if (!text_fits(item, max_bytes)) {
            reader_fault(reader, name, "must be a string of 1 to %zu bytes", max_bytes);
            pointer_push_index(reader->fault->pointer, sizeof reader->fault->pointer, i);
            return 0;
        }
        ret_items[i] = json_string_value(item);
    }
    return count;
}

bool reader_number(struct reader *reader, const char *name, int64_t max, int64_t *ret_value)
{
    json_t *value = ask(reader, name);
    int64_t number = 0;
    if (!json_is_number(value))
        return false;
    if (!whole_number(value, &number) || number < 0 || number > max) {
        reader_fault(reader, name, "must be a whole number of 0 to %lld", (long long)max);
        return false;
    }
    *ret_value = number;
    return true;
}

static bool was_asked(const struct reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->asked_count; i++) {
        if (strcmp(reader->asked[i], name) == 0)
            return true;
    }
    return false;
}

enum err reader_finish(struct reader *reader)
{
    if (reader->failed)
        return ERR_INVALID;
    const char *name;
    json_t *value;
    json_object_foreach(reader->object, name, value)
    {
        if (!was_asked(reader, name))
            reader_fault(reader, name, "is not a member that is known here");
    }
    return reader->failed ? ERR_INVALID : ERR_OK;
}
