#include "json/canonical.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/jsonw.h"

/* Objects are small: their members are sorted on the stack. Larger ones take memory. */
#define MEMBERS_ON_STACK 32
/* Largest power of two below which every whole double fits int64. */
#define INT64_LIMIT 9223372036854775808.0

struct entry {
    const char *name;
    size_t name_len;
    json_t *value;
};

static enum err put_value(struct buf *out, json_t *json);

static void put_real(struct buf *out, double value)
{
    if (fabs(value) < INT64_LIMIT && !(trunc(value) < value) && !(trunc(value) > value)) {
        buf_put_int(out, (int64_t)value);
        return;
    }
    /* 17 digits always read back; most numbers that people write need no more than 15. */
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        double again = strtod(text, NULL);
        if (!(again < value) && !(again > value))
            break;
    }
    buf_puts(out, text);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    return strcmp(left->name, right->name);
}

static void sort_entries(struct entry *entries, size_t count)
{
    if (count > MEMBERS_ON_STACK) {
        qsort(entries, count, sizeof *entries, compare_entries);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct entry moving = entries[i];
        size_t at = i;
        for (; at > 0 && strcmp(moving.name, entries[at - 1].name) < 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = moving;
    }
}

static enum err put_object(struct buf *out, json_t *object, bool keep_nulls)
{
    struct entry on_stack[MEMBERS_ON_STACK];
    struct entry *entries = on_stack;
    AUTO_FREE struct entry *on_heap = NULL;
    size_t size = json_object_size(object);
    if (size > MEMBERS_ON_STACK) {
        on_heap = calloc(size, sizeof *on_heap);
        if (on_heap == NULL)
            return ERR_NOMEM;
        entries = on_heap;
    }

    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (keep_nulls || !json_is_null(value))
            entries[count++] = (struct entry){name, strlen(name), value};
    }
    sort_entries(entries, count);

    buf_putc(out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        json_quote(out, entries[i].name, entries[i].name_len);
        buf_putc(out, ':');
        enum err err = put_value(out, entries[i].value);
        if (err != ERR_OK)
            return err;
    }
    buf_putc(out, '}');
    return buf_status(out);
}

static enum err put_array(struct buf *out, json_t *array)
{
    buf_putc(out, '[');
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_putc(out, ',');
        enum err err = put_value(out, json_array_get(array, i));
        if (err != ERR_OK)
            return err;
    }
    buf_putc(out, ']');
    return buf_status(out);
}

/* Recursion is bounded by the depth that parse_json lets through. */
static enum err put_value(struct buf *out, json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return put_object(out, json, true);
    case JSON_ARRAY:
        return put_array(out, json);
    case JSON_STRING:
        json_quote(out, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        buf_put_int(out, json_integer_value(json));
        break;
    case JSON_REAL:
        put_real(out, json_real_value(json));
        break;
    case JSON_TRUE:
        buf_append(out, "true", 4);
        break;
    case JSON_FALSE:
        buf_append(out, "false", 5);
        break;
    case JSON_NULL:
        buf_append(out, "null", 4);
        break;
    }
    return buf_status(out);
}

enum err canonical_put(struct buf *out, json_t *json)
{
    return put_value(out, json);
}

enum err canonical_put_members(struct buf *out, json_t *object)
{
    return put_object(out, object, false);
}
