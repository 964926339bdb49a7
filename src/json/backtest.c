#include "json/backtest.h"

#include <string.h>

#include "base/instant.h"
#include "json/parse.h"
#include "json/policy_parts.h"
#include "json/section.h"

static void read_store(const struct section *root, char store[static ID_MAX_BYTES + 1])
{
    json_t *value = member(root->object, "store");
    size_t len = json_string_length(value); /* 0 for what is no string */
    if (value == NULL)
        section_fault(root, "store", "is required");
    else if (len < 1 || len > ID_MAX_BYTES || strlen(json_string_value(value)) != len)
        section_fault(root, "store", "must be a string of 1 to %d bytes", ID_MAX_BYTES);
    else
        memcpy(store, json_string_value(value), len + 1);
}

/* The years of events: no other day has anything to count. */
static bool read_day(const struct section *root, const char *name, int32_t *day)
{
    json_t *value = member(root->object, name);
    if (value == NULL) {
        section_fault(root, name, "is required");
        return false;
    }
    const char *text = json_string_value(value);
    if (text == NULL || date_parse(text, json_string_length(value), day) != ERR_OK ||
        *day < date_from_civil(2000, 1, 1) || *day > date_from_civil(2100, 12, 31)) {
        section_fault(root, name, "must be a date YYYY-MM-DD of the years 2000 to 2100");
        return false;
    }
    return true;
}

static void read_days(const struct section *root, struct backtest_request *request)
{
    bool has_from = read_day(root, "from", &request->from);
    bool has_to = read_day(root, "to", &request->to);
    if (!has_from || !has_to)
        return;
    if (request->to < request->from)
        section_fault(root, "to", "lies before from");
    else if (request->to - request->from >= BACKTEST_DAYS_MAX)
        section_fault(root, "to", "must be at most %d days from from", BACKTEST_DAYS_MAX);
}

static void read_policy(const struct section *root, const char *id,
                        struct backtest_request *request)
{
    int64_t version = 0;
    request->has_version = field_int(root, "version", OPTIONAL, 1, INT32_MAX, &version);
    request->version = (int32_t)version;
    struct section document;
    request->has_document = section_object(root, "document", &document);
    if (!request->has_document)
        return;
    if (request->has_version)
        section_fault(root, "version", "is of stored policies: not beside a document");
    policy_read_document(&document, id, &request->document);
}

enum err backtest_decode(const char *text, size_t len, const char *policy_id,
                         struct backtest_request *ret_request, struct faults *reterr_faults)
{
    static const char *const known[] = {"store", "from", "to", "version", "document", NULL};
    AUTO_JSON json_t *json = NULL;
    enum err err = policy_parse(text, len, &json, reterr_faults);
    if (err != ERR_OK)
        return err;
    struct section root = {.faults = reterr_faults, .object = json};
    *ret_request = (struct backtest_request){0};
    section_check_members(&root, known);
    read_store(&root, ret_request->store);
    read_days(&root, ret_request);
    read_policy(&root, policy_id, ret_request);
    return reterr_faults->count > 0 ? ERR_INVALID : ERR_OK;
}
