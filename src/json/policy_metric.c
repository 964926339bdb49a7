#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

#define VALUE_DECIMALS 4
#define POINTS_DECIMALS 3
#define RATIO_MAX 10000                    /* 1.0000 */
#define DURATION_MAX INT64_C(100000000000) /* 10,000,000.0000 hours or seconds */
#define POINTS_MAX 10000                   /* 10.000 */
#define WEIGHT_MAX 1000000                 /* 1000.000 */

static const char *const unit_names[] = {"ratio", "hours", "seconds", NULL};
static const char *const better_names[] = {"higher", "lower", NULL};
static const char *const milestone_names[] = {"collected", "delivered", NULL};
static const char *const kind_names[] = {"within", "duration", NULL};
enum { KIND_WITHIN, KIND_DURATION };

/* A share's limit: exactly one of the three. */
static void read_limit(const struct section *section, struct measure *measure)
{
    bool hours = member(section->object, "hours") != NULL;
    bool days = member(section->object, "days") != NULL;
    bool promise = member(section->object, "promise") != NULL;
    if (hours + days + promise != 1) {
        section_fault(section, NULL, "must have exactly one of hours, days and promise");
        return;
    }
    int64_t n = 0;
    if (hours) {
        measure->limit = LIMIT_HOURS;
        field_int(section, "hours", REQUIRED, 1, 8760, &n);
    } else if (days) {
        measure->limit = LIMIT_DAYS;
        field_int(section, "days", REQUIRED, 0, 366, &n);
    } else if (measure->milestone != MILESTONE_COLLECTED) {
        section_fault(section, "promise", "is a promise of collection, of nothing else");
    } else {
        measure->limit = LIMIT_PROMISE;
        bool promised = true;
        if (field_bool(section, "promise", &promised) && !promised)
            section_fault(section, "promise", "must be true where it stands");
    }
    measure->n = (int32_t)n;
}

static void read_measure(const struct section *metric, struct measure *measure)
{
    static const char *const share_members[] = {"kind", "milestone", "hours",
                                                "days", "promise",   NULL};
    static const char *const duration_members[] = {"kind", "milestone", NULL};
    if (member(metric->object, "measure") == NULL) {
        section_fault(metric, "measure", "is required");
        return;
    }
    struct section section;
    if (!section_object(metric, "measure", &section))
        return;
    int kind = KIND_WITHIN;
    int milestone = MILESTONE_COLLECTED;
    bool known = field_choice(&section, "kind", REQUIRED, kind_names, &kind);
    field_choice(&section, "milestone", REQUIRED, milestone_names, &milestone);
    *measure = (struct measure){
        .kind = kind == KIND_WITHIN ? MEASURE_WITHIN : MEASURE_DURATION,
        .milestone = (enum milestone)milestone,
        .limit = LIMIT_NONE,
    };
    section_check_members(&section, kind == KIND_WITHIN ? share_members : duration_members);
    if (known && kind == KIND_WITHIN)
        read_limit(&section, measure);
}

/* [value, points]; values ascend. */
static void read_anchor(const struct section *place, json_t *pair, struct metric *metric)
{
    if (!json_is_array(pair) || json_array_size(pair) != 2) {
        section_fault(place, NULL, "must be a pair of value and points");
        return;
    }
    int64_t value_max = metric->unit == UNIT_RATIO ? RATIO_MAX : DURATION_MAX;
    struct section value_place = section_place_at(place, 0);
    struct section points_place = section_place_at(place, 1);
    struct anchor anchor = {0};
    bool good = decimal_value(&value_place, json_array_get(pair, 0), VALUE_DECIMALS, 0, value_max,
                              &anchor.value);
    good &= decimal_value(&points_place, json_array_get(pair, 1), POINTS_DECIMALS, 0, POINTS_MAX,
                          &anchor.points);
    if (!good)
        return;
    if (metric->anchor_count > 0 &&
        anchor.value <= metric->anchors[metric->anchor_count - 1].value) {
        section_fault(&value_place, NULL, "must be greater than the value of the anchor before it");
        return;
    }
    metric->anchors[metric->anchor_count++] = anchor;
}

static void read_anchors(const struct section *section, struct metric *metric)
{
    json_t *array = member(section->object, "anchors");
    if (array == NULL) {
        if (metric->weight > 0)
            section_fault(section, "anchors", "is required where the weight is not 0");
        return;
    }
    size_t count = section_array(section, "anchors", POLICY_ANCHORS_MAX);
    if (count < 2) {
        if (json_is_array(array) && json_array_size(array) < 2)
            section_fault(section, "anchors", "must have at least 2 elements");
        return;
    }
    struct section place = section_place(section, "anchors");
    for (size_t i = 0; i < count; i++) {
        struct section here = section_place_at(&place, i);
        read_anchor(&here, json_array_get(array, i), metric);
    }
}

static void read_metric(const struct section *section, bool scored, struct metric *metric)
{
    static const char *const scored_members[] = {
        "id", "unit", "measure", "window_days", "better", "target", "anchors", "weight", NULL};
    static const char *const shown_members[] = {"id",     "unit",   "measure", "window_days",
                                                "better", "target", "anchors", NULL};
    section_check_members(section, scored ? scored_members : shown_members);
    field_name(section, "id", REQUIRED, metric->id);

    int unit = UNIT_RATIO;
    bool has_unit = field_choice(section, "unit", REQUIRED, unit_names, &unit);
    metric->unit = (enum metric_unit)unit;
    read_measure(section, &metric->measure);
    bool share = metric->measure.kind == MEASURE_WITHIN;
    if (has_unit && share && metric->unit != UNIT_RATIO)
        section_fault(section, "unit", "must be ratio for a measure of kind within");
    if (has_unit && metric->measure.kind == MEASURE_DURATION && metric->unit == UNIT_RATIO)
        section_fault(section, "unit", "must be hours or seconds for a measure of kind duration");

    int64_t window_days = 30;
    field_int(section, "window_days", REQUIRED, 1, 366, &window_days);
    metric->window_days = (int32_t)window_days;
    int better = 0;
    field_choice(section, "better", REQUIRED, better_names, &better);
    metric->higher_is_better = better == 0;
    metric->has_target =
        field_decimal(section, "target", OPTIONAL, VALUE_DECIMALS, 0,
                      metric->unit == UNIT_RATIO ? RATIO_MAX : DURATION_MAX, &metric->target);
    if (scored)
        field_decimal(section, "weight", REQUIRED, POINTS_DECIMALS, 0, WEIGHT_MAX, &metric->weight);
    read_anchors(section, metric);
}

/* A metric's id names it in every answer, whichever factor it belongs to. */
static bool id_is_taken(const struct policy *policy, const char *id)
{
    for (size_t i = 0; i < policy->metric_count; i++) {
        if (strcmp(policy->metrics[i].id, id) == 0)
            return true;
    }
    return false;
}

void policy_read_metrics(const struct section *section, const struct factor *factor,
                         struct policy *policy)
{
    size_t room = POLICY_METRICS_MAX - policy->metric_count;
    size_t count = section_array(section, "metrics", room);
    for (size_t i = 0; i < count; i++) {
        struct section element;
        if (!section_element(section, "metrics", i, &element))
            continue;
        struct metric *metric = &policy->metrics[policy->metric_count];
        *metric = (struct metric){0};
        if (factor != NULL)
            metric->factor = (size_t)(factor - policy->factors);
        read_metric(&element, factor != NULL, metric);
        if (metric->id[0] != '\0' && id_is_taken(policy, metric->id))
            section_fault(&element, "id", "is the id of another metric too");
        policy->metric_count++;
    }
}
