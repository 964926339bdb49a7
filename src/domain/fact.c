/* What holds for the facts of every entity: their order, which of them count at an instant, and
 * their words. */
#include "domain/fact.h"

#include <string.h>

/* --- order and visibility --- */

int fact_compare(const struct fact *a, const struct fact *b)
{
    if (a->at.us != b->at.us)
        return a->at.us < b->at.us ? -1 : 1;
    int by_source = strcmp(a->source, b->source);
    return by_source != 0 ? by_source : strcmp(a->id, b->id);
}

bool fact_visible(const struct fact *fact, struct instant t)
{
    if (instant_is_never(t))
        return instant_is_never(fact->retracted_at);
    return fact->at.us <= t.us && fact->retracted_at.us > t.us;
}

struct instant fact_at(const struct fact *fact, struct instant start)
{
    if (fact == NULL)
        return INSTANT_NEVER;
    return instant_is_never(start) ? fact->at : instant_max(fact->at, start);
}

/* --- sets --- */

const struct fact *facts_first(const struct facts *facts, enum fact_kind kind, struct instant t)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].kind == kind && fact_visible(&facts->items[i], t))
            return &facts->items[i];
    return NULL;
}

const struct fact *facts_last(const struct facts *facts, enum fact_kind kind, struct instant t)
{
    for (size_t i = facts->count; i-- > 0;)
        if (facts->items[i].kind == kind && fact_visible(&facts->items[i], t))
            return &facts->items[i];
    return NULL;
}

bool facts_have_retraction(const struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        if (!instant_is_never(facts->items[i].retracted_at))
            return true;
    return false;
}

struct instant facts_last_at(const struct facts *facts)
{
    struct instant last = INSTANT_MIN;
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        last = instant_max(last, fact->at);
        if (!instant_is_never(fact->retracted_at))
            last = instant_max(last, fact->retracted_at);
    }
    return last;
}

/* --- reports --- */

static bool is_ended(const struct facts *facts, const struct fact *covered, enum fact_kind ended,
                     struct instant t)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind == ended && fact_visible(fact, t) &&
            strcmp(fact->report, covered->report) == 0)
            return true;
    }
    return false;
}

const struct fact *facts_covered(const struct facts *facts, enum fact_kind covered,
                                 enum fact_kind ended, struct instant t)
{
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        if (fact->kind == covered && fact_visible(fact, t) && !is_ended(facts, fact, ended, t))
            return fact;
    }
    return NULL;
}

/* --- words --- */

#define WORDS_MAX TICKET_KINDS

static const struct {
    const char *type;
    const char *name; /* within the type, after the dot */
    enum entity entity;
    const char *words[WORDS_MAX]; /* of fact.value; [0] is "not stated" */
} kinds[FACT_KINDS] = {
    [FACT_PLACED] = {"order.placed", "placed", ENTITY_ORDER, {NULL}},
    [FACT_PAID] = {"order.paid", "paid", ENTITY_ORDER, {NULL}},
    [FACT_PROMISED] = {"order.promised", "promised", ENTITY_ORDER, {NULL}},
    [FACT_SHIPPED] = {"order.shipped", "shipped", ENTITY_ORDER, {NULL}},
    [FACT_COLLECTED] = {"order.collected", "collected", ENTITY_ORDER, {NULL}},
    [FACT_DELIVERED] = {"order.delivered", "delivered", ENTITY_ORDER, {NULL}},
    [FACT_CANCELLED] =
        {"order.cancelled",
         "cancelled",
         ENTITY_ORDER,
         {[ACTOR_BUYER] = "buyer", [ACTOR_MERCHANT] = "merchant", [ACTOR_PLATFORM] = "platform"}},
    [FACT_EXEMPTED] = {"order.exempted", "exempted", ENTITY_ORDER, {NULL}},
    [FACT_EXEMPTION_ENDED] = {"order.exemption_ended", "exemption_ended", ENTITY_ORDER, {NULL}},

    [FACT_OPENED] = {"ticket.opened",
                     "opened",
                     ENTITY_TICKET,
                     {[TICKET_RETURN] = "return",
                      [TICKET_EXCHANGE] = "exchange",
                      [TICKET_REPAIR] = "repair",
                      [TICKET_REFUND] = "refund",
                      [TICKET_RESEND] = "resend",
                      [TICKET_WORK_ORDER] = "work_order",
                      [TICKET_CHAT] = "chat",
                      [TICKET_DISPUTE] = "dispute"}},
    [FACT_ASKED] = {"ticket.asked", "asked", ENTITY_TICKET, {NULL}},
    [FACT_REPLIED] = {"ticket.replied",
                      "replied",
                      ENTITY_TICKET,
                      {[REPLIER_HUMAN] = "human", [REPLIER_BOT] = "bot"}},
    [FACT_AUDITED] = {"ticket.audited",
                      "audited",
                      ENTITY_TICKET,
                      {[AUDIT_APPROVED] = "approved", [AUDIT_REJECTED] = "rejected"}},
    [FACT_BUYER_SHIPPED] = {"ticket.buyer_shipped", "buyer_shipped", ENTITY_TICKET, {NULL}},
    [FACT_RECEIVED] = {"ticket.received", "received", ENTITY_TICKET, {NULL}},
    [FACT_PROCESSED] = {"ticket.processed",
                        "processed",
                        ENTITY_TICKET,
                        {[PROCESS_REFUNDED] = "refunded",
                         [PROCESS_EXCHANGED] = "exchanged",
                         [PROCESS_REPAIRED] = "repaired",
                         [PROCESS_RESENT] = "resent",
                         [PROCESS_COMPENSATED] = "compensated"}},
    [FACT_ESCALATED] = {"ticket.escalated", "escalated", ENTITY_TICKET, {NULL}},
    [FACT_RULED] = {"ticket.ruled",
                    "ruled",
                    ENTITY_TICKET,
                    {[LIABLE_MERCHANT] = "merchant",
                     [LIABLE_BUYER] = "buyer",
                     [LIABLE_BOTH] = "both",
                     [LIABLE_NONE] = "none"}},
    [FACT_APPEALED] = {"ticket.appealed", "appealed", ENTITY_TICKET, {NULL}},
    [FACT_TIMED_OUT] =
        {"ticket.timed_out",
         "timed_out",
         ENTITY_TICKET,
         {[PHASE_REPLY] = "reply", [PHASE_EVIDENCE] = "evidence", [PHASE_EXECUTION] = "execution"}},
    [FACT_CLOSED] = {"ticket.closed",
                     "closed",
                     ENTITY_TICKET,
                     {[CLOSE_DONE] = "done",
                      [CLOSE_CANCELLED] = "cancelled",
                      [CLOSE_FORCED] = "forced",
                      [CLOSE_SETTLED] = "settled"}},
    [FACT_REOPENED] = {"ticket.reopened", "reopened", ENTITY_TICKET, {NULL}},
    [FACT_RATED] = {"ticket.rated", "rated", ENTITY_TICKET, {NULL}},
    [FACT_EXCUSED] = {"ticket.excused", "excused", ENTITY_TICKET, {NULL}},
    [FACT_EXCUSE_ENDED] = {"ticket.excuse_ended", "excuse_ended", ENTITY_TICKET, {NULL}},

    [FACT_REVIEWED] = {"order.reviewed", "reviewed", ENTITY_REVIEW, {NULL}},
    [FACT_EXCLUDED] = {"review.excluded", "excluded", ENTITY_REVIEW, {NULL}},

    [FACT_FILED] = {"report.filed",
                    "filed",
                    ENTITY_REPORT,
                    {[REPORT_ORDERS] = "orders",
                     [REPORT_STORE] = "store",
                     [REPORT_TICKETS] = "tickets",
                     [REPORT_STORE_TICKETS] = "store_tickets"}},
    [FACT_APPROVED] = {"report.approved", "approved", ENTITY_REPORT, {NULL}},
    [FACT_REJECTED] = {"report.rejected", "rejected", ENTITY_REPORT, {NULL}},
    [FACT_WITHDRAWN] = {"report.withdrawn", "withdrawn", ENTITY_REPORT, {NULL}},
    [FACT_REVOKED] = {"report.revoked", "revoked", ENTITY_REPORT, {NULL}},
};

enum entity fact_entity(enum fact_kind kind)
{
    return kinds[kind].entity;
}

bool fact_is_own(enum fact_kind kind)
{
    static const uint64_t own = 1ULL << FACT_EXEMPTED | 1ULL << FACT_EXEMPTION_ENDED |
                                1ULL << FACT_EXCUSED | 1ULL << FACT_EXCUSE_ENDED;
    return (own >> kind & 1) != 0 || kinds[kind].entity == ENTITY_REPORT;
}

const char *fact_kind_name(enum fact_kind kind)
{
    return kinds[kind].name;
}

const char *fact_type(enum fact_kind kind)
{
    return kinds[kind].type;
}

const char *fact_word(enum fact_kind kind, int32_t value)
{
    return value < 0 || value >= WORDS_MAX ? NULL : kinds[kind].words[value];
}

const char *entity_name(enum entity entity)
{
    static const char *const names[ENTITIES] = {"order", "ticket", "review", "report"};
    return names[entity];
}

const char *payment_name(enum payment payment)
{
    return payment == PAYMENT_COD ? "cod" : "prepaid";
}

const char *fulfilment_name(enum fulfilment fulfilment)
{
    static const char *const names[] = {"merchant", "platform", "pickup", "virtual"};
    return names[fulfilment];
}

const char *ticket_kind_name(enum ticket_kind kind)
{
    return fact_word(FACT_OPENED, (int32_t)kind);
}

const char *report_scope_name(enum report_scope scope)
{
    return fact_word(FACT_FILED, (int32_t)scope);
}

const char *aspect_name(enum aspect aspect)
{
    static const char *const names[ASPECTS] = {"product", "description", "service", "courier",
                                               "logistics"};
    return names[aspect];
}
