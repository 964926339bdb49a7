/* What a ticket is at an instant (CONTRACT sections 4 and 5, D-doc section 5), read off its facts.
 * Set once, the earliest fact holds: opened with its attributes, first human reply, buyer_shipped,
 * received, escalated. Registers, the latest fact at or before T is read: audit, processing,
 * ruling, appeal, closing and reopening (one register), rating. */
#ifndef DOMAIN_TICKET_H
#define DOMAIN_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/fact.h"

/* Events before the opening read as at the opening. Instants are INSTANT_NEVER when it has not
 * happened. */
struct ticket_view {
    bool opened_known; /* without it the ticket is in no count */
    enum ticket_kind kind;
    const char *order;
    const char *buyer;
    bool left_message;
    bool urge; /* the buyer urges the shipping */
    struct instant opened;
    struct instant replied;  /* first human reply */
    struct instant audited;  /* first audit */
    struct instant approved; /* first approved audit */
    bool rejected;           /* the latest audit is a rejection */
    struct instant buyer_shipped;
    struct instant received;
    struct instant processed;        /* first processing */
    enum process_outcome processing; /* of the latest processing */
    struct instant escalated;
    struct instant ruled; /* latest ruling */
    enum liability liability;
    bool appeal_won;          /* the latest appeal is won */
    struct instant timed_out; /* first time-out */
    struct instant closed;    /* latest closing, unless reopened since (at a tie: closed) */
    enum close_outcome closing;
    struct instant rated; /* latest rating */
    int32_t stars;
    const struct fact *excuse; /* of a report that names the ticket; NULL: none */
    bool recontact;     /* set by the caller, who knows the buyer's other sessions; else false */
    struct facts facts; /* for ticket_responses and ticket_closed_spells */
    struct instant t;
};

struct ticket_view ticket_at(const struct facts *facts, struct instant t);

/* The kinds that an after-sales delay report can excuse: those whose handling is timed (A1). */
bool ticket_may_be_excused(enum ticket_kind kind);

/* When a return, exchange, repair, refund or resend counts as handled, and how long that took the
 * merchant (A1, D-doc 5.1): rejected, or cancelled after an audit: at the first audit; else at the
 * first processing, less the buyer's own time, the part of [first approved audit, buyer_shipped]
 * that lies before it. false: it has not ended, or it is out: forced, repaired, cancelled before an
 * audit; return or exchange that was approved and processed while the buyer never shipped.
 */
bool ticket_handled(const struct ticket_view *view, struct instant *ret_end, int64_t *ret_us);

/* Human replies that answer something (C2): each with the earliest ask since the human reply
 * before, the opening being the first ask; at one instant asks precede replies. Calls `take` in
 * order of time. */
typedef void ticket_response_fn(void *arg, struct instant asked, struct instant replied);
void ticket_responses(const struct ticket_view *view, ticket_response_fn *take, void *arg);

/* A dispute that counts against the merchant (D1): ruled merchant or both, no appeal won, not
 * settled; at its ruling. */
bool ticket_is_lost_dispute(const struct ticket_view *view);
/* A dispute that an order defect rate counts from its opening on (A-to-z claims not denied): not
 * ruled for the buyer's or nobody's liability, no appeal won, not withdrawn (closed cancelled). */
bool ticket_is_defect(const struct ticket_view *view);

/* A chat session belongs to the one before when the buyer comes back so soon (D-doc 1.3, P9): it is
 * a re-contact when another session of the buyer was opened before it and stood closed at its
 * opening, since at most so long. */
#define RECONTACT_US (10 * 60 * US_PER_SECOND)

/* When a ticket stood closed: from each closing to what came next, a re-opening or another closing
 * (INSTANT_NEVER: nothing did); at one instant the closing is the last. In order of time. */
typedef void ticket_spell_fn(void *arg, struct instant closed, struct instant until);
void ticket_closed_spells(const struct ticket_view *view, ticket_spell_fn *take, void *arg);

#endif
