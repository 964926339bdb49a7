/* Facts: what events state about one thing, an order, a ticket, a review or a delay report. The set
 * of its facts is all there is of an entity: it has one element per event, ordered by (time,
 * source, id), so any order of arrival and any number of repeats give the same entity; and since
 * every fact keeps its own effective time and that of its retraction, the set alone answers for
 * every past instant. */
#ifndef DOMAIN_FACT_H
#define DOMAIN_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum entity { ENTITY_ORDER, ENTITY_TICKET, ENTITY_REVIEW, ENTITY_REPORT };
#define ENTITIES 4
const char *entity_name(enum entity entity); /* "order", "ticket", "review", "report" */

enum fact_kind {
    FACT_PLACED,
    FACT_PAID,
    FACT_PROMISED,
    FACT_SHIPPED, /* a waybill: stops no backlog clock */
    FACT_COLLECTED,
    FACT_DELIVERED,
    FACT_CANCELLED,
    FACT_EXEMPTED, /* an approved report covers it, from its submission on */
    FACT_EXEMPTION_ENDED,

    FACT_OPENED,
    FACT_ASKED, /* the buyer writes */
    FACT_REPLIED,
    FACT_AUDITED,
    FACT_BUYER_SHIPPED,
    FACT_RECEIVED,
    FACT_PROCESSED,
    FACT_ESCALATED,
    FACT_RULED,
    FACT_APPEALED,
    FACT_TIMED_OUT,
    FACT_CLOSED,
    FACT_REOPENED,
    FACT_RATED,
    FACT_EXCUSED, /* an approved after-sales report covers it, from its submission on */
    FACT_EXCUSE_ENDED,

    FACT_REVIEWED,
    FACT_EXCLUDED,

    FACT_FILED,
    FACT_APPROVED,
    FACT_REJECTED,
    FACT_WITHDRAWN,
    FACT_REVOKED,
};
#define FACT_KINDS (FACT_REVOKED + 1)

/* What a fact says beside its kind: fact.value, which means one of these by the kind that is named
 * above each. 0 is "not stated" everywhere. */
/* cancelled */
enum actor { ACTOR_NONE, ACTOR_BUYER, ACTOR_MERCHANT, ACTOR_PLATFORM };
/* opened */
enum ticket_kind {
    TICKET_NONE,
    TICKET_RETURN,
    TICKET_EXCHANGE,
    TICKET_REPAIR,
    TICKET_REFUND,
    TICKET_RESEND,
    TICKET_WORK_ORDER,
    TICKET_CHAT,
    TICKET_DISPUTE,
};
#define TICKET_KINDS (TICKET_DISPUTE + 1)
/* replied; not stated reads as human */
enum replier { REPLIER_NONE, REPLIER_HUMAN, REPLIER_BOT };
/* audited */
enum audit_outcome { AUDIT_NONE, AUDIT_APPROVED, AUDIT_REJECTED };
/* processed */
enum process_outcome {
    PROCESS_NONE,
    PROCESS_REFUNDED,
    PROCESS_EXCHANGED,
    PROCESS_REPAIRED,
    PROCESS_RESENT,
    PROCESS_COMPENSATED,
};
/* ruled */
enum liability { LIABLE_NOT_STATED, LIABLE_MERCHANT, LIABLE_BUYER, LIABLE_BOTH, LIABLE_NONE };
/* appealed */
enum appeal { APPEAL_NONE, APPEAL_LOST, APPEAL_WON };
/* timed_out */
enum phase { PHASE_NONE, PHASE_REPLY, PHASE_EVIDENCE, PHASE_EXECUTION };
/* closed */
enum close_outcome { CLOSE_NONE, CLOSE_DONE, CLOSE_CANCELLED, CLOSE_FORCED, CLOSE_SETTLED };
/* rated: the stars, 1 to 5 */
/* filed: what the report is about */
enum report_scope {
    REPORT_NONE,
    REPORT_ORDERS,        /* the orders that it lists */
    REPORT_STORE,         /* every order with t0 in its period */
    REPORT_TICKETS,       /* the tickets that it lists */
    REPORT_STORE_TICKETS, /* every ticket opened in its period */
};

enum payment { PAYMENT_PREPAID, PAYMENT_COD };
enum fulfilment { FULFILMENT_MERCHANT, FULFILMENT_PLATFORM, FULFILMENT_PICKUP, FULFILMENT_VIRTUAL };

/* What a review rates. */
enum aspect {
    ASPECT_PRODUCT,
    ASPECT_DESCRIPTION,
    ASPECT_SERVICE,
    ASPECT_COURIER,
    ASPECT_LOGISTICS,
};
#define ASPECTS 5

/* One event's statement. Strings are borrowed, NULL when not stated. Members that the kind does
 * not name are zero (instants: INSTANT_NEVER). */
struct fact {
    enum fact_kind kind;
    struct instant at;           /* effective time: min(time, received_at) */
    struct instant retracted_at; /* effective time of the earliest retraction; INSTANT_NEVER */
    const char *source;
    const char *id;
    int32_t value; /* see above */
    /* placed */
    enum payment payment;
    enum fulfilment fulfilment;
    bool test;
    uint32_t parcels;             /* >= 1 */
    int64_t units;                /* sum of the lines' quantities; 1 without lines */
    struct instant paid_at;       /* min(paid_at, received_at) or INSTANT_NEVER */
    struct instant presale_until; /* or INSTANT_NEVER when there is none */
    struct instant promised_at;   /* placed and promised; INSTANT_NEVER when not stated */
    struct instant deliver_by;    /* placed: the delivery date promised to the buyer */
    /* shipped, collected, delivered */
    const char *parcel; /* NULL: all parcels */
    bool waybill;       /* shipped, collected: a carrier and a waybill are named */
    /* opened, reviewed */
    const char *order;
    const char *buyer; /* placed too */
    bool left_message; /* opened: nobody was there */
    bool urge;         /* opened: the buyer urges the shipping */
    /* reviewed */
    uint8_t stars[ASPECTS]; /* 1 to 5; 0: not rated */
    bool by_default;        /* given by the system, not by the buyer */
    /* exempted, excused and what ends them: the report's id */
    const char *report;
    /* filed, exempted: until when the merchant means to ship; INSTANT_NEVER when not stated */
    struct instant ship_by;
    struct instant period_from; /* filed; INSTANT_NEVER without a period */
    struct instant period_to;
};

/* Orders facts by (at, source, id), bytewise. */
int fact_compare(const struct fact *a, const struct fact *b);

/* Whether the fact counts at t: it has happened, and is not retracted yet. t = INSTANT_NEVER:
 * whether it counts by everything that is known. */
bool fact_visible(const struct fact *fact, struct instant t);

/* When the fact counts in an entity that begins at `start`: what lies before it reads as at it.
 * INSTANT_NEVER for NULL; an unknown start (INSTANT_NEVER) moves nothing. */
struct instant fact_at(const struct fact *fact, struct instant start);

/* The facts of one entity: ascending by fact_compare, no two equal; borrowed. */
struct facts {
    const struct fact *items;
    size_t count;
};

/* The first and the last visible fact of a kind; NULL when there is none. */
const struct fact *facts_first(const struct facts *facts, enum fact_kind kind, struct instant t);
const struct fact *facts_last(const struct facts *facts, enum fact_kind kind, struct instant t);
/* Whether any fact has been retracted: the entity's past then differs from its present. */
bool facts_have_retraction(const struct facts *facts);
/* Latest effective time of a fact or a retraction; INSTANT_MIN when there are no facts. */
struct instant facts_last_at(const struct facts *facts);

enum entity fact_entity(enum fact_kind kind);
bool fact_is_own(
    enum fact_kind kind); /* only windvane itself states it: reports and what they do */
const char *fact_kind_name(enum fact_kind kind); /* "placed", "rated", …: unique */
/* The event type ("order.placed", "order.reviewed", "review.excluded", …). */
const char *fact_type(enum fact_kind kind);
/* The word that stands for value (as in the event's data: "buyer", "approved", …); NULL when the
 * value is 0 or the kind has no words (rated, appealed). */
const char *fact_word(enum fact_kind kind, int32_t value);

const char *payment_name(enum payment payment);
const char *fulfilment_name(enum fulfilment fulfilment);
const char *ticket_kind_name(enum ticket_kind kind); /* NULL for TICKET_NONE */
const char *aspect_name(enum aspect aspect);
const char *report_scope_name(enum report_scope scope); /* NULL for REPORT_NONE */

/* The earliest fact `covered` at t that is not ended by a fact `ended` of the same report: a
 * register for each report. NULL: no report covers the entity. */
const struct fact *facts_covered(const struct facts *facts, enum fact_kind covered,
                                 enum fact_kind ended, struct instant t);

#endif
