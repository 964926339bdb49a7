#include "domain/report.h"

#include <string.h>

#include "domain/measure.h"

#define HOURS_PER_DAY 24

const char *report_status_name(enum report_status status)
{
    static const char *const names[REPORT_STATUSES] = {"pending", "approved", "rejected",
                                                       "withdrawn", "revoked"};
    return names[status];
}

static const struct {
    enum fact_kind fact;
    enum report_status from, to;
} decisions[REPORT_DECISIONS] = {
    [DECIDE_APPROVE] = {FACT_APPROVED, REPORT_PENDING, REPORT_APPROVED},
    [DECIDE_REJECT] = {FACT_REJECTED, REPORT_PENDING, REPORT_REJECTED},
    [DECIDE_WITHDRAW] = {FACT_WITHDRAWN, REPORT_PENDING, REPORT_WITHDRAWN},
    [DECIDE_REVOKE] = {FACT_REVOKED, REPORT_APPROVED, REPORT_REVOKED},
};

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
    for (size_t i = 0; i < REPORT_DECISIONS; i++) {
        if (decisions[i].fact != fact->kind || decisions[i].from != view->status)
            continue;
        view->status = decisions[i].to;
        if (view->status == REPORT_APPROVED)
            view->approved = fact->at;
        else if (view->status == REPORT_REVOKED)
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
        .approved = INSTANT_NEVER,
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
        if (fact_visible(&facts->items[i], t)) {
            decide(&view, &facts->items[i]);
            view.last = facts->items[i].at;
        }
    return view;
}

struct instant report_decision_at(const struct report_view *view, struct instant now)
{
    const struct instant next = {view->last.us + 1};
    return instant_max(now, next);
}

/* --- filing --- */

const char *report_kind_name(enum report_kind kind)
{
    static const char *const names[] = {"emergency", "advance", "consent"};
    return names[kind];
}

/* Kinds are a matter of time and of who agrees (D-doc 4.1): what lies ahead is a period, what
 * buyers agreed to is listed. */
static const char *kind_fault(const struct report_terms *terms)
{
    bool has_period = report_has_period(terms->scope);
    if (terms->kind == REPORT_ADVANCE && !has_period)
        return "advance is for a period to come: scope store";
    if (terms->kind == REPORT_CONSENT && has_period)
        return "consent is for what the buyers agreed to: list it";
    return NULL;
}

static const char *period_fault(const struct report_terms *terms,
                                const struct report_limits *limits, const struct calendar *calendar,
                                struct instant now, const char **ret_pointer)
{
    int32_t oldest = calendar_day(calendar, now) - limits->reach_days;
    struct instant latest = instant_add_hours(now, (int64_t)limits->ahead_days * HOURS_PER_DAY);
    *ret_pointer = "/period/to";
    if (terms->period_to.us <= terms->period_from.us)
        return "must be later than from";
    if (terms->period_to.us > latest.us)
        return "lies too far ahead: file again when the time comes";
    *ret_pointer = "/period/from";
    if (terms->kind == REPORT_ADVANCE && terms->period_from.us < now.us)
        return "lies in the past: an advance report is for a period to come";
    if (terms->period_from.us < calendar_start(calendar, oldest).us)
        return "lies beyond the reach of delay reports";
    return NULL;
}

const char *report_fault(const struct report_terms *terms, const struct report_limits *limits,
                         const struct calendar *calendar, struct instant now,
                         const char **ret_pointer)
{
    *ret_pointer = "/kind";
    const char *fault = kind_fault(terms);
    if (fault == NULL && report_has_period(terms->scope))
        fault = period_fault(terms, limits, calendar, now, ret_pointer);
    if (fault == NULL && terms->ship_by.us <= now.us) {
        *ret_pointer = "/promised_ship_by";
        fault = "must lie ahead";
    }
    return fault;
}

/* --- what it lists --- */

static const char *const result_names[LINE_RESULTS] = {
    "accepted",  "already_collected", "too_old",         "not_found", "already_exempt",
    "cancelled", "not_counted",       "already_handled", "duplicate", "unreadable"};

const char *line_result_name(enum line_result result)
{
    return result_names[result];
}

int line_result_find(const char *name)
{
    for (int i = 0; i < LINE_RESULTS; i++)
        if (strcmp(result_names[i], name) == 0)
            return i;
    return -1;
}

enum line_result report_order_result(bool known, const struct order_view *view,
                                     const struct report_limits *limits,
                                     const struct calendar *calendar, struct instant now)
{
    if (!known || !view->placed)
        return LINE_NOT_FOUND;
    if (!view->counts)
        return LINE_NOT_COUNTED;
    /* At a tie the cancellation precedes. */
    if (!instant_is_never(view->cancelled) && view->cancelled.us <= view->collected.us)
        return LINE_CANCELLED;
    if (!instant_is_never(view->collected))
        return LINE_ALREADY_COLLECTED;
    if (order_is_exempt(view, calendar))
        return LINE_ALREADY_EXEMPT;
    int32_t oldest = calendar_day(calendar, now) - limits->reach_days;
    return calendar_day(calendar, view->t0) < oldest ? LINE_TOO_OLD : LINE_ACCEPTED;
}

enum line_result report_ticket_result(bool known, const struct ticket_view *view,
                                      const struct calendar *calendar)
{
    struct instant end;
    int64_t us;
    if (!known || !view->opened_known)
        return LINE_NOT_FOUND;
    if (!ticket_may_be_excused(view->kind))
        return LINE_NOT_COUNTED;
    if (ticket_is_excused(view, calendar))
        return LINE_ALREADY_EXEMPT;
    if (ticket_handled(view, &end, &us))
        return LINE_ALREADY_HANDLED;
    return view->closing == CLOSE_CANCELLED ? LINE_CANCELLED : LINE_ACCEPTED;
}
