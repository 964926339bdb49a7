#include "domain/report.h"

const char *report_status_name(enum report_status status)
{
    static const char *const names[REPORT_STATUSES] = {"pending", "approved", "rejected",
                                                       "withdrawn", "revoked"};
    return names[status];
}

static const struct {
    enum fact_kind fact;
    enum report_status from, to;
} decisions[] = {
    [DECIDE_APPROVE] = {FACT_APPROVED, REPORT_PENDING, REPORT_APPROVED},
    [DECIDE_REJECT] = {FACT_REJECTED, REPORT_PENDING, REPORT_REJECTED},
    [DECIDE_WITHDRAW] = {FACT_WITHDRAWN, REPORT_PENDING, REPORT_WITHDRAWN},
    [DECIDE_REVOKE] = {FACT_REVOKED, REPORT_APPROVED, REPORT_REVOKED},
};
#define DECISIONS (sizeof decisions / sizeof decisions[0])

enum report_status report_decided(enum report_decision decision)
{
    return decisions[decision].to;
}

enum fact_kind report_decision_fact(enum report_decision decision)
{
    return decisions[decision].fact;
}

bool report_may(enum report_status status, enum report_decision decision)
{
    return decisions[decision].from == status;
}

/* Decisions in their order; what does not fit the status is of no effect. */
static void decide(struct report_view *view, const struct fact *fact)
{
    for (size_t i = 0; i < DECISIONS; i++) {
        if (decisions[i].fact != fact->kind || decisions[i].from != view->status)
            continue;
        view->status = decisions[i].to;
        view->approved = view->approved || view->status == REPORT_APPROVED;
        if (view->status == REPORT_REVOKED)
            view->revoked = fact->at;
        return;
    }
}

struct report_view report_at(const struct facts *facts, struct instant t)
{
    struct report_view view = {
        .submitted = INSTANT_NEVER,
        .ship_by = INSTANT_NEVER,
        .period_from = INSTANT_NEVER,
        .period_to = INSTANT_NEVER,
        .revoked = INSTANT_NEVER,
    };
    const struct fact *filed = facts_first(facts, FACT_FILED, t);
    if (filed == NULL)
        return view;
    view.known = true;
    view.scope = (enum report_scope)filed->value;
    view.submitted = filed->at;
    view.ship_by = filed->ship_by;
    view.period_from = filed->period_from;
    view.period_to = filed->period_to;
    for (size_t i = 0; i < facts->count; i++)
        if (fact_visible(&facts->items[i], t))
            decide(&view, &facts->items[i]);
    return view;
}
