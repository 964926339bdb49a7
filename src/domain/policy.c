#include "domain/policy.h"

const char *backlog_level_name(enum backlog_level level)
{
    static const char *const names[] = {"none", "watch", "warning", "mild", "severe"};
    return names[level];
}

struct measure mark_measure(const struct mark *mark)
{
    return (struct measure){MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, mark->hours};
}

struct measure mark_left_open(const struct mark *mark)
{
    return (struct measure){MEASURE_LEFT_OPEN, MILESTONE_COLLECTED, LIMIT_HOURS, mark->hours};
}

static size_t add_distinct(struct measure *measures, size_t count, struct measure measure)
{
    for (size_t i = 0; i < count; i++)
        if (measure_equal(measures[i], measure))
            return count;
    measures[count] = measure;
    return count + 1;
}

size_t policy_measures(const struct policy *policy,
                       struct measure ret_measures[static POLICY_MEASURES_MAX])
{
    size_t count = 0;
    count = add_distinct(ret_measures, count, MEASURE_COUNT_ORDERS);
    count = add_distinct(ret_measures, count, MEASURE_COLLECTIONS);
    for (size_t i = 0; i < policy->backlog.mark_count; i++) {
        count = add_distinct(ret_measures, count, mark_measure(&policy->backlog.marks[i]));
        count = add_distinct(ret_measures, count, mark_left_open(&policy->backlog.marks[i]));
    }
    for (size_t i = 0; i < policy->metric_count; i++)
        count = add_distinct(ret_measures, count, policy->metrics[i].measure);
    return count;
}
