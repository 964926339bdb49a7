/* The document as a whole. Its format stands in docs/POLICIES.md. */
#include "json/policy.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "domain/limits.h"
#include "json/canonical.h"
#include "json/parse.h"
#include "json/policy_parts.h"
#include "json/section.h"

#define NAME_MAX_BYTES 200

/* Stands in paths and in `?policy=id@version`. */
static bool is_policy_id(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len <= POLICY_ID_MAX && text[0] != '-' && text[0] != '_' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static void read_id(const struct section *root, const char *id, struct policy *policy)
{
    json_t *inside = member(root->object, "id");
    if (id == NULL && inside == NULL) {
        section_fault(root, "id", "is required");
        return;
    }
    const char *text = inside == NULL ? id : json_string_value(inside);
    if (text == NULL || !is_policy_id(text)) {
        section_fault(root, "id",
                      "must be 1 to %d characters of a-z, 0-9, _ and -, no _ or - first",
                      POLICY_ID_MAX);
    } else if (id != NULL && strcmp(text, id) != 0) {
        section_fault(root, "id", "differs from the id that the document is stored under");
    } else {
        memcpy(policy->id, text, strlen(text) + 1);
    }
}

/* Members without effect: one for people, one for editors. */
static void check_labels(const struct section *root)
{
    json_t *name = member(root->object, "name");
    if (name != NULL && (!json_is_string(name) || json_string_length(name) > NAME_MAX_BYTES))
        section_fault(root, "name", "must be a string of at most %d bytes", NAME_MAX_BYTES);
    json_t *schema = member(root->object, "$schema");
    if (schema != NULL && !json_is_string(schema))
        section_fault(root, "$schema", "must be a string");
}

static bool factor_id_is_taken(const struct policy *policy, const struct factor *factor)
{
    for (const struct factor *other = policy->factors; other < factor; other++) {
        if (strcmp(other->id, factor->id) == 0)
            return true;
    }
    return false;
}

static void read_factor(const struct section *section, struct policy *policy, struct factor *factor)
{
    static const char *const known[] = {"id", "weight", "required", "metrics", NULL};
    section_check_members(section, known);
    if (field_name(section, "id", REQUIRED, factor->id) && factor_id_is_taken(policy, factor))
        section_fault(section, "id", "is the id of another factor too");
    field_decimal(section, "weight", REQUIRED, WEIGHT_DECIMALS, 1, WEIGHT_MAX, &factor->weight);
    field_bool(section, "required", &factor->required);

    size_t faults_before = section->faults->count;
    factor->metric_first = policy->metric_count;
    policy_read_metrics(section, factor, policy);
    factor->metric_count = policy->metric_count - factor->metric_first;
    int64_t weights = 0;
    for (size_t i = 0; i < factor->metric_count; i++)
        weights += policy->metrics[factor->metric_first + i].weight;
    if (weights == 0 && section->faults->count == faults_before)
        section_fault(section, "metrics", "must have a metric whose weight is not 0");
}

static void read_factors(const struct section *root, struct policy *policy)
{
    size_t count = section_array(root, "factors", 0, POLICY_FACTORS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (!section_element(root, "factors", i, &element))
            continue;
        struct factor *factor = &policy->factors[policy->factor_count++];
        read_factor(&element, policy, factor);
    }
    policy->scored_metric_count = policy->metric_count;
}

void policy_read_document(const struct section *root, const char *id, struct policy *policy)
{
    static const char *const known[] = {
        "$schema",   "id",           "version",    "name",        "feeds",         "novice",
        "composite", "small_sample", "bonus",      "peers",       "delay_reports", "stars",
        "factors",   "metrics",      "composites", "eligibility", "backlog",       NULL};
    section_check_members(root, known);
    read_id(root, id, policy);
    check_labels(root);
    policy_read_settings(root, policy);
    policy_read_stars(root, policy);
    policy_read_eligibilities(root, policy);
    size_t faults_before = root->faults->count;
    read_factors(root, policy);
    policy_read_metrics(root, NULL, policy);
    policy_read_composites(root, root->faults->count == faults_before, policy);
    policy->backlog.watch_hours = 24;
    struct section backlog;
    if (section_object(root, "backlog", &backlog))
        policy_read_backlog(&backlog, &policy->backlog);
}

enum err policy_parse(const char *text, size_t len, json_t **ret_json, struct faults *reterr_faults)
{
    reterr_faults->items[0] = (struct fault){0};
    enum err err = parse_document(text, len, POLICY_MAX_BYTES, ret_json, &reterr_faults->items[0]);
    reterr_faults->count = err == ERR_OK ? 0 : 1;
    return err;
}

enum err policy_decode(const char *text, size_t len, const char *id, struct policy *ret_policy,
                       struct faults *reterr_faults)
{
    AUTO_JSON json_t *json = NULL;
    enum err err = policy_parse(text, len, &json, reterr_faults);
    if (err != ERR_OK)
        return err;
    /* Too large for the stack of a worker, and ret_policy stays as it is when the document is
     * refused. */
    AUTO_FREE struct policy *policy = calloc(1, sizeof *policy);
    if (policy == NULL)
        return ERR_NOMEM;
    struct section root = {.faults = reterr_faults, .object = json};
    policy_read_document(&root, id, policy);
    if (reterr_faults->count > 0)
        return ERR_INVALID;
    *ret_policy = *policy;
    return ERR_OK;
}

enum err policy_canonical(const char *text, size_t len, struct buf *ret_canonical)
{
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    enum err err = parse_document(text, len, POLICY_MAX_BYTES, &json, &fault);
    if (err != ERR_OK)
        return err;
    json_object_del(json, "id");
    json_object_del(json, "version");
    json_object_del(json, "$schema");
    return canonical_put_members(ret_canonical, json);
}

enum err policy_document(const char *canonical, size_t len, const char *id, int32_t version,
                         struct buf *ret_document)
{
    if (len < 2 || canonical[0] != '{' || canonical[len - 1] != '}')
        return ERR_INVALID;
    buf_puts(ret_document, "{\"id\":");
    json_quote(ret_document, id, strlen(id));
    buf_puts(ret_document, ",\"version\":");
    buf_put_int(ret_document, version);
    if (len > 2)
        buf_putc(ret_document, ',');
    buf_append(ret_document, canonical + 1, len - 1);
    return buf_status(ret_document);
}
