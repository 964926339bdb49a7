#include "json/section.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"
#include "json/canonical.h"
#include "json/parse.h"

#define DECIMAL_TEXT_MAX 64

void section_fault(const struct section *section, const char *name, const char *format, ...)
{
    if (section->faults->count == POLICY_FAULTS_MAX)
        return;
    struct fault *fault = &section->faults->items[section->faults->count++];
    char detail[sizeof fault->detail];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    fault_set(fault, section->pointer, "%s", detail);
    if (name != NULL)
        pointer_push_name(fault->pointer, sizeof fault->pointer, name);
}

struct section section_place(const struct section *section, const char *name)
{
    struct section place = *section;
    place.object = NULL;
    pointer_push_name(place.pointer, sizeof place.pointer, name);
    return place;
}

struct section section_place_at(const struct section *section, size_t index)
{
    struct section place = *section;
    place.object = NULL;
    pointer_push_index(place.pointer, sizeof place.pointer, index);
    return place;
}

bool section_object(const struct section *section, const char *name, struct section *ret_child)
{
    json_t *value = member(section->object, name);
    if (value == NULL)
        return false;
    if (!json_is_object(value)) {
        section_fault(section, name, "must be an object");
        return false;
    }
    *ret_child = section_place(section, name);
    ret_child->object = value;
    return true;
}

size_t section_array(const struct section *section, const char *name, size_t min, size_t max)
{
    json_t *value = member(section->object, name);
    if (value == NULL)
        return 0;
    if (!json_is_array(value)) {
        section_fault(section, name, "must be an array");
        return 0;
    }
    size_t count = json_array_size(value);
    if (count >= min && count <= max)
        return count;
    if (count < min)
        section_fault(section, name, "must have at least %zu element%s", min, min == 1 ? "" : "s");
    else
        section_fault(section, name, "must have at most %zu elements", max);
    return 0;
}

bool section_element(const struct section *section, const char *name, size_t index,
                     struct section *ret_child)
{
    struct section array = section_place(section, name);
    struct section element = section_place_at(&array, index);
    element.object = json_array_get(member(section->object, name), index);
    if (!json_is_object(element.object)) {
        section_fault(&element, NULL, "must be an object");
        return false;
    }
    *ret_child = element;
    return true;
}

void section_check_members(const struct section *section, const char *const *known)
{
    const char *name;
    json_t *value;
    json_object_foreach(section->object, name, value)
    {
        if (strcmp(name, "notes") == 0) {
            if (!json_is_string(value) && !json_is_null(value))
                section_fault(section, name, "must be a string");
        } else if (name_index(known, name) < 0) {
            section_fault(section, name, "is not a member that is known here");
        }
    }
}

/* The member; a fault if it is required and absent. */
static json_t *find(const struct section *section, const char *name, enum presence presence)
{
    json_t *value = member(section->object, name);
    if (value == NULL && presence == REQUIRED)
        section_fault(section, name, "is required");
    return value;
}

bool field_int(const struct section *section, const char *name, enum presence presence, int64_t min,
               int64_t max, int64_t *value)
{
    json_t *json = find(section, name, presence);
    if (json == NULL)
        return false;
    int64_t number;
    if (!whole_number(json, &number) || number < min || number > max) {
        section_fault(section, name, "must be a whole number from %lld to %lld", (long long)min,
                      (long long)max);
        return false;
    }
    *value = number;
    return true;
}

bool field_bool(const struct section *section, const char *name, bool *value)
{
    json_t *json = find(section, name, OPTIONAL);
    if (json == NULL)
        return false;
    if (!json_is_boolean(json)) {
        section_fault(section, name, "must be true or false");
        return false;
    }
    *value = json_is_true(json);
    return true;
}

bool field_true(const struct section *section, const char *name)
{
    bool value = true;
    if (field_bool(section, name, &value) && !value)
        section_fault(section, name, "must be true where it stands");
    return value && member(section->object, name) != NULL;
}

bool field_choice(const struct section *section, const char *name, enum presence presence,
                  const char *const *names, int *value)
{
    json_t *json = find(section, name, presence);
    if (json == NULL)
        return false;
    const char *text = json_string_value(json);
    int index = text == NULL ? -1 : name_index(names, text);
    if (index < 0) {
        char known[NAMES_TEXT_SIZE];
        names_text(names, known);
        section_fault(section, name, "must be one of: %s", known);
        return false;
    }
    *value = index;
    return true;
}

bool field_set(const struct section *section, const char *name, enum presence presence,
               const char *const *names, unsigned *set)
{
    if (find(section, name, presence) == NULL)
        return false;
    size_t count = 0;
    while (names[count] != NULL)
        count++;
    size_t given = section_array(section, name, 1, count);
    struct section array = section_place(section, name);
    unsigned found = 0;
    bool good = given > 0;
    for (size_t i = 0; i < given; i++) {
        struct section place = section_place_at(&array, i);
        const char *text = json_string_value(json_array_get(member(section->object, name), i));
        int index = text == NULL ? -1 : name_index(names, text);
        if (index < 0) {
            char known[NAMES_TEXT_SIZE];
            names_text(names, known);
            section_fault(&place, NULL, "must be one of: %s", known);
            good = false;
        } else if ((found & 1U << index) != 0) {
            section_fault(&place, NULL, "stands there twice");
            good = false;
        } else {
            found |= 1U << index;
        }
    }
    if (good)
        *set = found;
    return good;
}

/* A JSON number goes through its shortest text, so that 12.5 is exactly that. */
static bool parse_decimal(json_t *json, int decimals, int64_t *ret_scaled)
{
    if (json_is_string(json)) {
        return decimal_parse(json_string_value(json), json_string_length(json), decimals,
                             ret_scaled) == ERR_OK;
    }
    if (!json_is_number(json))
        return false;
    AUTO_BUF struct buf text;
    buf_init(&text, DECIMAL_TEXT_MAX);
    if (canonical_put(&text, json) != ERR_OK)
        return false;
    return decimal_parse(text.data, text.len, decimals, ret_scaled) == ERR_OK;
}

bool decimal_value(const struct section *place, json_t *value, int decimals, int64_t min,
                   int64_t max, int64_t *scaled)
{
    int64_t number;
    if (parse_decimal(value, decimals, &number) && number >= min && number <= max) {
        *scaled = number;
        return true;
    }
    AUTO_BUF struct buf range;
    buf_init(&range, 2 * DECIMAL_TEXT_MAX);
    decimal_put(&range, min, decimals);
    buf_puts(&range, " to ");
    decimal_put(&range, max, decimals);
    section_fault(place, NULL, "must be a decimal number from %s with at most %d decimals",
                  buf_text(&range), decimals);
    return false;
}

bool field_decimal(const struct section *section, const char *name, enum presence presence,
                   int decimals, int64_t min, int64_t max, int64_t *value)
{
    json_t *json = find(section, name, presence);
    if (json == NULL)
        return false;
    struct section place = section_place(section, name);
    return decimal_value(&place, json, decimals, min, max, value);
}

bool name_value(const struct section *place, json_t *value, char text[static POLICY_NAME_MAX + 1])
{
    const char *name = json_string_value(value);
    size_t len = name == NULL ? 0 : strlen(name);
    if (len < 1 || len > POLICY_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != len) {
        section_fault(place, NULL, "must be 1 to %d characters of a-z, 0-9 and _", POLICY_NAME_MAX);
        return false;
    }
    memcpy(text, name, len + 1);
    return true;
}

bool field_name(const struct section *section, const char *name, enum presence presence,
                char text[static POLICY_NAME_MAX + 1])
{
    json_t *json = find(section, name, presence);
    if (json == NULL)
        return false;
    struct section place = section_place(section, name);
    return name_value(&place, json, text);
}
