#include <string.h>

#include "json/parse.h"
#include "json/policy_parts.h"

#define VALUE_DECIMALS 4
#define RATIO_MAX 10000                    /* 1.0000 */
#define RATING_MAX 100000                  /* 10.0000 */
#define DURATION_MAX INT64_C(100000000000) /* 10,000,000.0000 hours or seconds */

static const char *const unit_names[] = {"ratio", "hours", "seconds", "rating", NULL};
static const char *const better_names[] = {"higher", "lower", NULL};

/* --- what a measure gives --- */

enum gives { GIVES_COUNT, GIVES_SHARE, GIVES_TIME, GIVES_STARS };

static enum gives gives(const struct measure *measure)
{
    switch (measure->kind) {
    case MEASURE_WITHIN:
    case MEASURE_ORDERS_THAT:
    case MEASURE_RATED:
    case MEASURE_CLOSED_THAT:
        return GIVES_SHARE;
    case MEASURE_DURATION:
    case MEASURE_RESPONSES:
        return GIVES_TIME;
    case MEASURE_STARS:
        return GIVES_STARS;
    case MEASURE_ORDERS:
    case MEASURE_UNITS:
    case MEASURE_LEFT_OPEN:
    case MEASURE_TICKETS:
    case MEASURE_EXEMPT:
        break;
    }
    return GIVES_COUNT;
}

static void check_unit(const struct section *section, enum metric_unit unit, enum gives given)
{
    if (given == GIVES_STARS) {
        if (unit != UNIT_RATING)
            section_fault(section, "unit", "must be rating for a measure of stars");
    } else if (given == GIVES_TIME) {
        if (unit != UNIT_HOURS && unit != UNIT_SECONDS)
            section_fault(section, "unit", "must be hours or seconds for a measure of time");
    } else if (unit != UNIT_RATIO) {
        section_fault(section, "unit", "must be ratio for a measure that counts");
    }
}

/* The measure, and what is made of it: a share as it is or its complement, a count only as a ratio
 * to another one. Tells what it gives; false: nobody knows. */
static bool read_measures(const struct section *section, struct metric *metric,
                          enum gives *ret_given)
{
    if (!policy_read_measure(section, "measure", &metric->measure))
        return false;
    enum gives given = gives(&metric->measure);
    metric->has_per = member(section->object, "per") != NULL;
    if (given == GIVES_COUNT) {
        struct section per = section_place(section, "per");
        if (policy_read_measure(section, "per", &metric->per) && gives(&metric->per) != GIVES_COUNT)
            section_fault(&per, NULL, "must be a measure that counts too");
    } else if (metric->has_per) {
        section_fault(section, "per", "is for a measure that counts: orders, units or tickets");
    }
    metric->complement = field_true(section, "complement");
    if (metric->complement && given != GIVES_SHARE)
        section_fault(section, "complement", "is for a share");
    *ret_given = given;
    return true;
}

/* --- anchors --- */

static int64_t value_max(enum metric_unit unit)
{
    if (unit == UNIT_RATIO)
        return RATIO_MAX;
    return unit == UNIT_RATING ? RATING_MAX : DURATION_MAX;
}

/* [value, points]; values ascend. */
static void read_anchor(const struct section *place, json_t *pair, struct metric *metric)
{
    if (!json_is_array(pair) || json_array_size(pair) != 2) {
        section_fault(place, NULL, "must be a pair of value and points");
        return;
    }
    struct section value_place = section_place_at(place, 0);
    struct section points_place = section_place_at(place, 1);
    struct anchor anchor = {0};
    bool good = decimal_value(&value_place, json_array_get(pair, 0), VALUE_DECIMALS, 0,
                              value_max(metric->unit), &anchor.value);
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
    if (array == NULL && metric->weight > 0)
        section_fault(section, "anchors", "is required where the weight is not 0");
    size_t count = section_array(section, "anchors", 2, POLICY_ANCHORS_MAX);
    struct section place = section_place(section, "anchors");
    for (size_t i = 0; i < count; i++) {
        struct section here = section_place_at(&place, i);
        read_anchor(&here, json_array_get(array, i), metric);
    }
}

/* --- metrics --- */

static void read_metric(const struct section *section, bool scored, struct metric *metric)
{
    static const char *const scored_members[] = {"id",         "unit",        "measure", "per",
                                                 "complement", "window_days", "better",  "target",
                                                 "anchors",    "weight",      NULL};
    static const char *const shown_members[] = {"id",         "unit",        "measure", "per",
                                                "complement", "window_days", "better",  "target",
                                                "anchors",    NULL};
    section_check_members(section, scored ? scored_members : shown_members);
    field_name(section, "id", REQUIRED, metric->id);

    int unit = UNIT_RATIO;
    bool has_unit = field_choice(section, "unit", REQUIRED, unit_names, &unit);
    metric->unit = (enum metric_unit)unit;
    enum gives given;
    if (read_measures(section, metric, &given) && has_unit)
        check_unit(section, metric->unit, given);

    int64_t window_days = 30;
    field_int(section, "window_days", REQUIRED, 1, 366, &window_days);
    metric->window_days = (int32_t)window_days;
    int better = 0;
    field_choice(section, "better", REQUIRED, better_names, &better);
    metric->higher_is_better = better == 0;
    metric->has_target = field_decimal(section, "target", OPTIONAL, VALUE_DECIMALS, 0,
                                       value_max(metric->unit), &metric->target);
    if (scored)
        field_decimal(section, "weight", REQUIRED, WEIGHT_DECIMALS, 0, WEIGHT_MAX, &metric->weight);
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
    size_t count = section_array(section, "metrics", 0, room);
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
