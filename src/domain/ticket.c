/* Folds a ticket's facts into what the ticket is at an instant. The facts are a sorted set: a field
 * that is set once takes the first visible fact that fits, a register the last. */
#include "domain/ticket.h"

#define AFTER_SALES                                                                                \
    (1U << TICKET_RETURN | 1U << TICKET_EXCHANGE | 1U << TICKET_REPAIR | 1U << TICKET_REFUND |     \
     1U << TICKET_RESEND)
/* Those whose goods the buyer has to send back; a repair may as well come to the buyer. */
#define SENT_BACK (1U << TICKET_RETURN | 1U << TICKET_EXCHANGE)

static bool is_of(const struct ticket_view *view, unsigned kinds)
{
    return view->opened_known && (kinds & 1U << view->kind) != 0;
}

bool ticket_may_be_excused(enum ticket_kind kind)
{
    return (AFTER_SALES & 1U << kind) != 0;
}

static bool happened(struct instant event)
{
    return !instant_is_never(event);
}

/* --- what a ticket is --- */

static bool is_human_reply(const struct fact *fact)
{
    return fact->kind == FACT_REPLIED && fact->value != REPLIER_BOT;
}

static const struct fact *first_human_reply(const struct facts *facts, struct instant t)
{
    for (size_t i = 0; i < facts->count; i++)
        if (is_human_reply(&facts->items[i]) && fact_visible(&facts->items[i], t))
            return &facts->items[i];
    return NULL;
}

static const struct fact *first_approval(const struct facts *facts, struct instant t)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind == FACT_AUDITED && fact->value == AUDIT_APPROVED && fact_visible(fact, t))
            return fact;
    }
    return NULL;
}

/* The closing that stands at t; NULL when the ticket is open. A re-opening at the instant of the
 * closing comes before it. */
static const struct fact *standing_closing(const struct facts *facts, struct instant opened,
                                           struct instant t)
{
    const struct fact *closed = facts_last(facts, FACT_CLOSED, t);
    const struct fact *reopened = facts_last(facts, FACT_REOPENED, t);
    if (closed == NULL || reopened == NULL)
        return closed;
    return instant_before(fact_at(closed, opened), fact_at(reopened, opened)) ? NULL : closed;
}

static int32_t value_of(const struct fact *fact)
{
    return fact == NULL ? 0 : fact->value;
}

struct ticket_view ticket_at(const struct facts *facts, struct instant t)
{
    struct ticket_view view = {.opened = INSTANT_NEVER, .facts = *facts, .t = t};
    const struct fact *opened = facts_first(facts, FACT_OPENED, t);
    if (opened != NULL) {
        view.opened_known = true;
        view.opened = opened->at;
        view.kind = (enum ticket_kind)opened->value;
        view.order = opened->order;
        view.buyer = opened->buyer;
        view.left_message = opened->left_message;
        view.urge = opened->urge;
    }

    view.replied = fact_at(first_human_reply(facts, t), view.opened);
    view.audited = fact_at(facts_first(facts, FACT_AUDITED, t), view.opened);
    view.approved = fact_at(first_approval(facts, t), view.opened);
    view.rejected = value_of(facts_last(facts, FACT_AUDITED, t)) == AUDIT_REJECTED;
    view.buyer_shipped = fact_at(facts_first(facts, FACT_BUYER_SHIPPED, t), view.opened);
    view.received = fact_at(facts_first(facts, FACT_RECEIVED, t), view.opened);
    view.processed = fact_at(facts_first(facts, FACT_PROCESSED, t), view.opened);
    view.processing = (enum process_outcome)value_of(facts_last(facts, FACT_PROCESSED, t));
    view.escalated = fact_at(facts_first(facts, FACT_ESCALATED, t), view.opened);
    view.timed_out = fact_at(facts_first(facts, FACT_TIMED_OUT, t), view.opened);
    view.appeal_won = value_of(facts_last(facts, FACT_APPEALED, t)) == APPEAL_WON;

    const struct fact *ruled = facts_last(facts, FACT_RULED, t);
    view.ruled = fact_at(ruled, view.opened);
    view.liability = (enum liability)value_of(ruled);
    const struct fact *closed = standing_closing(facts, view.opened, t);
    view.closed = fact_at(closed, view.opened);
    view.closing = (enum close_outcome)value_of(closed);
    const struct fact *rated = facts_last(facts, FACT_RATED, t);
    view.rated = fact_at(rated, view.opened);
    view.stars = value_of(rated);
    view.excuse = facts_covered(facts, FACT_EXCUSED, FACT_EXCUSE_ENDED, t);
    return view;
}

/* --- after-sales: how long the merchant took --- */

/* The part of [first approved audit, buyer_shipped] before the end; nothing without both. */
static int64_t buyers_own_us(const struct ticket_view *view, struct instant end)
{
    if (!happened(view->approved) || !happened(view->buyer_shipped))
        return 0;
    int64_t own = instant_min(view->buyer_shipped, end).us - view->approved.us;
    return own > 0 ? own : 0;
}

bool ticket_handled(const struct ticket_view *view, struct instant *ret_end, int64_t *ret_us)
{
    if (!is_of(view, AFTER_SALES))
        return false;
    if (view->closing == CLOSE_FORCED || view->processing == PROCESS_REPAIRED)
        return false;
    bool cancelled = view->closing == CLOSE_CANCELLED;
    if (cancelled && instant_before(view->closed, view->audited))
        return false;

    bool ends_with_audit = view->rejected || cancelled;
    struct instant end = ends_with_audit ? view->audited : view->processed;
    if (!happened(end))
        return false;
    if (!ends_with_audit && is_of(view, SENT_BACK) && happened(view->approved) &&
        !happened(view->buyer_shipped))
        return false;
    *ret_end = end;
    *ret_us = end.us - view->opened.us - buyers_own_us(view, end);
    return true;
}

/* --- chats: how long the buyer waited --- */

void ticket_responses(const struct ticket_view *view, ticket_response_fn *take, void *arg)
{
    if (!view->opened_known)
        return;
    struct instant asked = view->opened; /* earliest ask without an answer, or never */
    for (size_t i = 0; i < view->facts.count;) {
        /* What lies at one instant is read together, since its asks precede its replies. */
        struct instant now = fact_at(&view->facts.items[i], view->opened);
        bool asks = false;
        bool replies = false;
        for (; i < view->facts.count; i++) {
            const struct fact *fact = &view->facts.items[i];
            if (fact_at(fact, view->opened).us != now.us)
                break;
            if (!fact_visible(fact, view->t))
                continue;
            asks = asks || fact->kind == FACT_ASKED;
            replies = replies || is_human_reply(fact);
        }
        if (asks)
            asked = instant_min(asked, now);
        if (replies && happened(asked)) {
            take(arg, asked, now);
            asked = INSTANT_NEVER;
        }
    }
}

/* --- sessions: when they stood closed --- */

void ticket_closed_spells(const struct ticket_view *view, ticket_spell_fn *take, void *arg)
{
    struct instant closed = INSTANT_NEVER;
    for (size_t i = 0; i < view->facts.count;) {
        /* What lies at one instant is read together, since a closing is the last there. */
        struct instant now = fact_at(&view->facts.items[i], view->opened);
        bool closes = false, reopens = false;
        for (; i < view->facts.count; i++) {
            const struct fact *fact = &view->facts.items[i];
            if (fact_at(fact, view->opened).us != now.us)
                break;
            if (!fact_visible(fact, view->t))
                continue;
            closes = closes || fact->kind == FACT_CLOSED;
            reopens = reopens || fact->kind == FACT_REOPENED;
        }
        if (happened(closed) && (closes || reopens))
            take(arg, closed, now);
        if (closes || reopens)
            closed = closes ? now : INSTANT_NEVER;
    }
    if (happened(closed))
        take(arg, closed, INSTANT_NEVER);
}

/* --- disputes: against whom they count --- */

bool ticket_is_lost_dispute(const struct ticket_view *view)
{
    return is_of(view, 1U << TICKET_DISPUTE) &&
           (view->liability == LIABLE_MERCHANT || view->liability == LIABLE_BOTH) &&
           !view->appeal_won && view->closing != CLOSE_SETTLED;
}

bool ticket_is_defect(const struct ticket_view *view)
{
    return is_of(view, 1U << TICKET_DISPUTE) && view->liability != LIABLE_BUYER &&
           view->liability != LIABLE_NONE && !view->appeal_won && view->closing != CLOSE_CANCELLED;
}
