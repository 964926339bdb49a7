#include "json/parse.h"

#include <math.h>
#include <string.h>

#include "domain/limits.h"
#include "json/doc.h"

#define EXACT_DOUBLE_MAX 9007199254740992.0 /* 2^53 */

void json_init(void)
{
    /* Seeding the hash is not thread-safe in jansson, so it must not be left to the first parse. */
    json_object_seed(0);
}

/* Whether no more than max_depth objects and arrays are nested. Looks at brackets outside strings
 * only: on broken JSON its answer is worthless, but then the parser refuses the text anyway.
 * jansson's own limit of 2048 is no setting. */
static bool depth_is_within(const char *text, size_t len, unsigned max_depth)
{
    unsigned depth = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') {
            for (i++; i < len && text[i] != '"'; i++) {
                if (text[i] == '\\')
                    i++;
            }
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth)
                return false;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

enum err parse_json(const char *text, size_t len, unsigned max_depth, json_t **ret_json,
                    struct fault *reterr_fault)
{
    if (!depth_is_within(text, len, max_depth)) {
        fault_set(reterr_fault, "", "nests objects and arrays more than %u deep", max_depth);
        return ERR_UNPARSABLE;
    }
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return ERR_NOMEM;
        fault_set(reterr_fault, "", "is not valid JSON: line %d, column %d: %s", error.line,
                  error.column, error.text);
        return ERR_UNPARSABLE;
    }
    *ret_json = json;
    return ERR_OK;
}

enum err parse_document(const char *text, size_t len, size_t max_len, json_t **ret_json,
                        struct fault *reterr_fault)
{
    if (len > max_len) {
        fault_set(reterr_fault, "", "is larger than %zu bytes", max_len);
        return ERR_TOO_LARGE;
    }
    json_t *json;
    enum err err = parse_json(text, len, JSON_MAX_DEPTH, &json, reterr_fault);
    if (err != ERR_OK)
        return err;
    if (!json_is_object(json)) {
        json_decref(json);
        fault_set(reterr_fault, "", "must be an object");
        return ERR_INVALID;
    }
    *ret_json = json;
    return ERR_OK;
}

json_t *member(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    return value == NULL || json_is_null(value) ? NULL : value;
}

bool whole_number(json_t *json, int64_t *ret_value)
{
    if (json_is_integer(json)) {
        *ret_value = json_integer_value(json);
        return true;
    }
    if (!json_is_real(json))
        return false;
    double value = json_real_value(json);
    if (fabs(value) > EXACT_DOUBLE_MAX || trunc(value) < value || trunc(value) > value)
        return false;
    *ret_value = (int64_t)value;
    return true;
}

void names_text(const char *const *names, char text[static NAMES_TEXT_SIZE])
{
    size_t at = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        size_t len = strlen(names[i]);
        if (at + len + 3 > NAMES_TEXT_SIZE)
            break;
        if (i > 0) {
            memcpy(text + at, ", ", 2);
            at += 2;
        }
        memcpy(text + at, names[i], len);
        at += len;
    }
    text[at] = '\0';
}

int name_index(const char *const *names, const char *text)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], text) == 0)
            return i;
    }
    return -1;
}
