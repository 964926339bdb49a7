#include "standing_reason.h"

/* --- milestones --- */

/* What is said of a milestone: of a share within a limit, and of what measures the way to it. */
struct words {
    const char *in_time;
    const char *too_late;
    const char *missed;
    const char *pending;
    const char *reached;
    const char *not_reached;
    const char *cancelled_before;
};

static const struct words words[] = {
    [MILESTONE_COLLECTED] = {"collected in time", "collected too late", "not collected in time",
                             "can still be collected in time", "collected", "not collected",
                             "cancelled before the collection"},
    [MILESTONE_DELIVERED] = {"delivered in time", "delivered too late", "not delivered in time",
                             "can still be delivered in time", "delivered", "not delivered",
                             "cancelled before the delivery"},
    [MILESTONE_SHIPPED] = {"shipped in time", "shipped too late", "not shipped in time",
                           "can still be shipped in time", "shipped", "not shipped",
                           "cancelled before the shipping"},
    [MILESTONE_REPLIED] = {.in_time = "answered in time",
                           .too_late = "answered too late",
                           .missed = "not answered in time",
                           .pending = "can still be answered in time"},
    [MILESTONE_AUDITED] = {.in_time = "audited in time",
                           .too_late = "audited too late",
                           .missed = "not audited in time",
                           .pending = "can still be audited in time"},
};

static bool happened(struct instant event)
{
    return !instant_is_never(event);
}

static const char *within_in(const struct measure *measure, const struct view *view,
                             enum counts outcome)
{
    const struct words *says = &words[measure->milestone];
    if (outcome == COUNTS_PENDING)
        return says->pending;
    if (outcome == COUNTS_GOOD)
        return says->in_time;
    return happened(measure_event(measure, view)) ? says->too_late : says->missed;
}

static const char *within_out(const struct measure *measure, const struct calendar *calendar,
                              const struct view *view)
{
    if (!happened(measure_deadline(measure, calendar, view)))
        return "no delivery date was promised";
    return view->entity == ENTITY_TICKET ? "closed as cancelled in time" : "cancelled in time";
}

static const char *rated(int32_t stars)
{
    static const char *const names[] = {"not rated",     "rated 1 star",  "rated 2 stars",
                                        "rated 3 stars", "rated 4 stars", "rated 5 stars"};
    return names[stars];
}

/* --- orders --- */

static const char *defects_in(unsigned defects)
{
    static const char *const names[] = {
        [0] = "without a defect",
        [DEFECT_NEGATIVE_REVIEW] = "a negative review",
        [DEFECT_DISPUTE] = "a dispute",
        [DEFECT_NEGATIVE_REVIEW | DEFECT_DISPUTE] = "a negative review and a dispute",
    };
    return names[defects];
}

static const char *cancellation_in(const struct order_view *view, enum counts outcome)
{
    if (outcome == COUNTS_GOOD)
        return "cancelled before it went out, not by the buyer";
    if (!happened(view->cancelled))
        return "not cancelled";
    return view->cancelled_by == ACTOR_BUYER ? "cancelled by the buyer"
                                             : "cancelled after it went out";
}

static const char *tracking_in(const struct order_view *view, enum counts outcome)
{
    if (outcome == COUNTS_GOOD)
        return "tracked and scanned";
    return view->tracked ? "not scanned by the courier" : "without a waybill of a carrier";
}

static const char *order_that_in(const struct measure *measure, const struct order_view *view,
                                 enum counts outcome)
{
    if (measure->test == TEST_DEFECT)
        return defects_in(view->defects & measure->defects);
    if (measure->test == TEST_CANCELLED)
        return cancellation_in(view, outcome);
    return tracking_in(view, outcome);
}

/* Why an order is in no count at all; NULL when it is in some. */
static const char *order_outside(const struct order_view *view)
{
    if (!view->placed)
        return "not placed";
    if (view->test)
        return "a test order";
    if (view->fulfilment != FULFILMENT_MERCHANT)
        return "not fulfilled by the merchant";
    return view->counts ? NULL : "not paid";
}

static const char *order_out(const struct measure *measure, const struct calendar *calendar,
                             const struct view *view)
{
    const char *outside = order_outside(&view->order);
    if (outside != NULL)
        return outside;
    if (measure->kind == MEASURE_EXEMPT)
        return "not exempt";
    bool excusable = measure->kind == MEASURE_WITHIN || measure->kind == MEASURE_LEFT_OPEN;
    if (excusable && order_is_exempt(&view->order, calendar))
        return "excused by a delay report";
    if (measure->kind == MEASURE_WITHIN)
        return within_out(measure, calendar, view);
    if (measure->kind == MEASURE_LEFT_OPEN)
        return "not open at the checkpoint";
    if (measure->kind == MEASURE_ORDERS_THAT) /* only what was shipped can be tracked */
        return "not shipped";
    return happened(view->order.cancelled) ? words[measure->milestone].cancelled_before
                                           : words[measure->milestone].not_reached;
}

/* --- tickets --- */

#define AFTER_SALES                                                                                \
    (1U << TICKET_RETURN | 1U << TICKET_EXCHANGE | 1U << TICKET_REPAIR | 1U << TICKET_REFUND |     \
     1U << TICKET_RESEND)

static bool is_of(const struct ticket_view *view, unsigned kinds)
{
    return (kinds & 1U << view->kind) != 0;
}

/* Which way ticket_handled() took to its end. */
static const char *handled_in(const struct ticket_view *view)
{
    if (view->rejected)
        return "rejected";
    return view->closing == CLOSE_CANCELLED ? "cancelled after an audit" : "processed";
}

static const char *handled_out(const struct ticket_view *view)
{
    struct instant end;
    int64_t us;
    if (ticket_handled(view, &end, &us))
        return "longer than the days that count";
    if (!is_of(view, AFTER_SALES))
        return "another kind of ticket";
    if (view->closing == CLOSE_FORCED)
        return "closed as forced";
    if (view->processing == PROCESS_REPAIRED)
        return "repaired";
    if (view->closing == CLOSE_CANCELLED)
        return "cancelled before an audit";
    return happened(view->processed) ? "the buyer never shipped" : "not handled yet";
}

static const char *ruled_out(const struct ticket_view *view)
{
    if (!is_of(view, 1U << TICKET_DISPUTE))
        return "another kind of ticket";
    if (!happened(view->ruled))
        return "not ruled";
    if (view->liability != LIABLE_MERCHANT && view->liability != LIABLE_BOTH)
        return "the merchant is not liable";
    return view->appeal_won ? "an appeal was won" : "settled";
}

static const char *closed_in(const struct measure *measure, enum counts outcome)
{
    if (measure->test == TEST_NOT_ESCALATED)
        return outcome == COUNTS_GOOD ? "closed without an escalation" : "escalated";
    return outcome == COUNTS_GOOD ? "closed without a time-out" : "timed out";
}

static void note(void *arg, const struct observation *seen)
{
    (void)seen;
    *(bool *)arg = true;
}

/* Why a ticket is left out whatever happens to it; NULL when it is not. What tells is the measure
 * that asks for nothing but the opening. */
static const char *ticket_outside(const struct measure *measure, const struct calendar *calendar,
                                  const struct ticket_view *view)
{
    if (!view->opened_known)
        return "not opened";
    if (!is_of(view, measure->tickets))
        return "another kind of ticket";
    if (measure->no_left_message && view->left_message)
        return "a left message";
    if (measure->no_recontact && view->recontact)
        return "follows another session";
    struct measure opened = *measure;
    opened.kind = MEASURE_TICKETS;
    opened.milestone = MILESTONE_OPENED;
    opened.suspends = false;
    bool by_day = false;
    observe_ticket(&opened, calendar, view, note, &by_day);
    return by_day ? NULL : "opened at night";
}

static const char *ticket_out(const struct measure *measure, const struct calendar *calendar,
                              const struct view *view)
{
    const char *outside = ticket_outside(measure, calendar, &view->ticket);
    if (outside != NULL)
        return outside;
    bool excusable = measure->kind == MEASURE_WITHIN || measure->kind == MEASURE_DURATION;
    if (excusable && ticket_is_excused(&view->ticket, calendar))
        return "excused by a delay report";
    switch (measure->kind) {
    case MEASURE_WITHIN:
        return within_out(measure, calendar, view);
    case MEASURE_DURATION:
        return handled_out(&view->ticket);
    case MEASURE_TICKETS:
        return ruled_out(&view->ticket);
    case MEASURE_RATED:
        return "not rated";
    case MEASURE_CLOSED_THAT:
        return "not closed";
    case MEASURE_RESPONSES:
        return "not answered";
    case MEASURE_ORDERS:
    case MEASURE_UNITS:
    case MEASURE_LEFT_OPEN:
    case MEASURE_ORDERS_THAT:
    case MEASURE_STARS:
    case MEASURE_EXEMPT:
        break;
    }
    return "another kind of ticket";
}

/* --- reviews --- */

static const char *review_out(const struct review_view *view)
{
    _Static_assert(REVIEWS_PER_BUYER == 20, "the number is in the words");
    if (!view->known)
        return "not reviewed";
    if (view->excluded)
        return "excluded";
    if (view->by_default)
        return "given by default";
    return view->crowded_out ? "not among the buyer's latest 20" : "that aspect is not rated";
}

/* --- all --- */

static int32_t stars_of(const struct measure *measure, const struct view *view)
{
    return view->entity == ENTITY_TICKET ? view->ticket.stars : view->review.stars[measure->aspect];
}

const char *reason_in(const struct measure *measure, const struct view *view, enum counts outcome)
{
    switch (measure->kind) {
    case MEASURE_ORDERS:
        return "its clock has started";
    case MEASURE_UNITS:
        return words[measure->milestone].reached;
    case MEASURE_WITHIN:
        return within_in(measure, view, outcome);
    case MEASURE_DURATION:
        return view->entity == ENTITY_TICKET ? handled_in(&view->ticket)
                                             : words[measure->milestone].reached;
    case MEASURE_LEFT_OPEN:
        return "open at the checkpoint";
    case MEASURE_ORDERS_THAT:
        return order_that_in(measure, &view->order, outcome);
    case MEASURE_TICKETS:
        return measure->milestone == MILESTONE_RULED ? "ruled against the merchant" : "opened";
    case MEASURE_RATED:
    case MEASURE_STARS:
        return rated(stars_of(measure, view));
    case MEASURE_CLOSED_THAT:
        return closed_in(measure, outcome);
    case MEASURE_EXEMPT:
        return "excused by a delay report";
    case MEASURE_RESPONSES:
        break;
    }
    return "answered";
}

const char *reason_out(const struct measure *measure, const struct calendar *calendar,
                       const struct view *view)
{
    switch (view->entity) {
    case ENTITY_ORDER:
        return order_out(measure, calendar, view);
    case ENTITY_TICKET:
        return ticket_out(measure, calendar, view);
    case ENTITY_REVIEW:
    case ENTITY_REPORT:
        break;
    }
    return review_out(&view->review);
}
