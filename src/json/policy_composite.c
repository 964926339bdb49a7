/* Scores beside the composite, made of metrics that stand elsewhere in the document. */
#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

static const struct metric *find_metric(const struct policy *policy, const char *id)
{
    for (size_t i = 0; i < policy->metric_count; i++) {
        if (strcmp(policy->metrics[i].id, id) == 0)
            return &policy->metrics[i];
    }
    return NULL;
}

static bool is_part(const struct composite *composite, size_t metric)
{
    for (size_t i = 0; i < composite->part_count; i++) {
        if (composite->parts[i].metric == metric)
            return true;
    }
    return false;
}

static void read_part(const struct section *section, bool metrics_are_good,
                      const struct policy *policy, struct composite *composite)
{
    static const char *const known[] = {"metric", "weight", NULL};
    section_check_members(section, known);
    int64_t weight = 0;
    field_decimal(section, "weight", REQUIRED, WEIGHT_DECIMALS, 1, WEIGHT_MAX, &weight);
    char id[POLICY_NAME_MAX + 1];
    if (!field_name(section, "metric", REQUIRED, id) || !metrics_are_good)
        return;
    const struct metric *metric = find_metric(policy, id);
    if (metric == NULL) {
        section_fault(section, "metric", "is the id of no metric of the document");
        return;
    }
    size_t index = (size_t)(metric - policy->metrics);
    if (metric->anchor_count == 0) {
        section_fault(section, "metric", "is a metric without anchors, which has no points");
    } else if (is_part(composite, index)) {
        section_fault(section, "metric", "is a part already");
    } else {
        composite->parts[composite->part_count].metric = index;
        composite->parts[composite->part_count++].weight = weight;
    }
}

static void read_composite(const struct section *section, bool metrics_are_good,
                           const struct policy *policy, struct composite *composite)
{
    static const char *const known[] = {"id", "parts", NULL};
    section_check_members(section, known);
    if (field_name(section, "id", REQUIRED, composite->id)) {
        for (const struct composite *other = policy->composites; other < composite; other++) {
            if (strcmp(other->id, composite->id) == 0)
                section_fault(section, "id", "is the id of another composite too");
        }
    }
    if (member(section->object, "parts") == NULL)
        section_fault(section, "parts", "is required");
    size_t count = section_array(section, "parts", 1, POLICY_PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (section_element(section, "parts", i, &element))
            read_part(&element, metrics_are_good, policy, composite);
    }
}

void policy_read_composites(const struct section *root, bool metrics_are_good,
                            struct policy *policy)
{
    size_t count = section_array(root, "composites", 0, POLICY_COMPOSITES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (section_element(root, "composites", i, &element))
            read_composite(&element, metrics_are_good, policy,
                           &policy->composites[policy->composite_count++]);
    }
}
