#include "domain/policy.h"

const char *backlog_level_name(enum backlog_level level)
{
    static const char *const names[] = {"none", "watch", "warning", "mild", "severe"};
    return names[level];
}

const struct measure measure_count_orders = {.kind = MEASURE_ORDERS, .of = ENTITY_ORDER};
const struct measure measure_collections = {
    .kind = MEASURE_DURATION, .of = ENTITY_ORDER, .milestone = MILESTONE_COLLECTED};
const struct measure measure_exempt = {.kind = MEASURE_EXEMPT, .of = ENTITY_ORDER};

const struct trend_rule trend_default = {
    .days = 7, .min_eligible = 300, .min_overdue = 10, .points = 5000, .z = 1645};

int32_t policy_trend_days(const struct backlog_policy *backlog)
{
    int32_t days = 0;
    for (size_t i = 0; i < backlog->mark_count; i++)
        days = backlog->marks[i].trend.days > days ? backlog->marks[i].trend.days : days;
    return days;
}

/* The backlog rule knows no suspension, so none of these suspends. */

struct measure mark_measure(const struct mark *mark)
{
    return (struct measure){.kind = MEASURE_WITHIN,
                            .of = ENTITY_ORDER,
                            .milestone = MILESTONE_COLLECTED,
                            .limit = LIMIT_HOURS,
                            .n = mark->hours};
}

struct measure mark_left_open(const struct mark *mark)
{
    return (struct measure){.kind = MEASURE_LEFT_OPEN,
                            .of = ENTITY_ORDER,
                            .milestone = MILESTONE_COLLECTED,
                            .limit = LIMIT_HOURS,
                            .n = mark->hours};
}

static size_t add_distinct(struct measure *measures, size_t count, const struct measure *measure)
{
    for (size_t i = 0; i < count; i++)
        if (measure_equal(&measures[i], measure))
            return count;
    measures[count] = *measure;
    return count + 1;
}

size_t policy_measures(const struct policy *policy,
                       struct measure ret_measures[static POLICY_MEASURES_MAX])
{
    size_t count = 0;
    count = add_distinct(ret_measures, count, &measure_count_orders);
    count = add_distinct(ret_measures, count, &measure_collections);
    count = add_distinct(ret_measures, count, &measure_exempt);
    for (size_t i = 0; i < policy->backlog.mark_count; i++) {
        struct measure collected = mark_measure(&policy->backlog.marks[i]);
        struct measure left_open = mark_left_open(&policy->backlog.marks[i]);
        count = add_distinct(ret_measures, count, &collected);
        count = add_distinct(ret_measures, count, &left_open);
    }
    for (size_t i = 0; i < policy->metric_count; i++) {
        const struct metric *metric = &policy->metrics[i];
        count = add_distinct(ret_measures, count, &metric->measure);
        if (metric->has_per)
            count = add_distinct(ret_measures, count, &metric->per);
    }
    return count;
}
