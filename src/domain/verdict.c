#include "domain/verdict.h"

#include <stdio.h>
#include <string.h>

const char *verdict_cause_name(enum verdict_cause cause)
{
    static const char *const names[] = {"checkpoint", "late_event", "retraction",
                                        "exemption",  "revocation", "recompute"};
    return names[cause];
}

struct verdict verdict_of(const struct question *q, size_t mark,
                          const struct backlog_reading *reading, const struct cohort *cohort,
                          bool stale)
{
    const struct mark *rule = &q->policy->backlog.marks[mark];
    const struct cohort_mark *counts = &cohort->marks[mark];
    struct mark_verdict judged = mark_assess(q, mark, reading, cohort);
    struct verdict verdict = {
        .day = cohort->day,
        .hours = rule->hours,
        .checkpoint = judged.checkpoint,
        .level = rule->level,
        .state = judged.state,
        .by_ratio = judged.by_ratio,
        .by_trend = judged.by_trend,
        .stale = stale,
        .orders = cohort->orders,
        .eligible = counts->eligible,
        .exempt = cohort->exempt,
        .overdue = counts->overdue,
        .still_open = counts->still_open,
        .baseline = judged.baseline,
        .policy_version = q->policy->version,
    };
    snprintf(verdict.policy_id, sizeof verdict.policy_id, "%s", q->policy->id);
    if (mark_is_hit(judged.state))
        verdict.restriction = rule->restriction;
    return verdict;
}

static bool restriction_equal(const struct restriction_rule *a, const struct restriction_rule *b)
{
    return strcmp(a->kind, b->kind) == 0 && a->has_percent == b->has_percent &&
           a->percent == b->percent && a->hours == b->hours;
}

bool verdict_equal(const struct verdict *a, const struct verdict *b)
{
    return a->day == b->day && a->hours == b->hours && a->checkpoint.us == b->checkpoint.us &&
           a->level == b->level && a->state == b->state && a->by_ratio == b->by_ratio &&
           a->by_trend == b->by_trend && a->stale == b->stale && a->orders == b->orders &&
           a->eligible == b->eligible && a->exempt == b->exempt && a->overdue == b->overdue &&
           a->still_open == b->still_open && a->baseline.overdue == b->baseline.overdue &&
           a->baseline.eligible == b->baseline.eligible &&
           strcmp(a->policy_id, b->policy_id) == 0 && a->policy_version == b->policy_version &&
           restriction_equal(&a->restriction, &b->restriction);
}

struct instant verdict_lifts_at(const struct verdict *verdict)
{
    return instant_add_hours(verdict->checkpoint, verdict->restriction.hours);
}
