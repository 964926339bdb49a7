/* The rule of re-contacts in another way than the program's: for a pair of sessions. */
#ifndef DOMAIN_SESSIONS_H
#define DOMAIN_SESSIONS_H

#include <string.h>

#include "domain/ticket.h"

static inline void sessions_look(const struct ticket_view *other, enum fact_kind kind,
                                 struct instant until, struct instant *latest)
{
    *latest = (struct instant){INT64_MIN};
    for (size_t i = 0; i < other->facts.count; i++) {
        const struct fact *fact = &other->facts.items[i];
        struct instant at = instant_max(fact->at, other->opened);
        if (fact->kind == kind && fact_visible(fact, other->t) && at.us <= until.us)
            *latest = instant_max(*latest, at);
    }
}

/* Whether the session belongs to the other one, of the same buyer: that was opened before it, and
 * its latest closing until then lies at most ten minutes back and has no later re-opening. */
static inline bool session_follows(const struct ticket_view *session,
                                   const struct ticket_view *other)
{
    struct instant closed, reopened;
    if (!session->opened_known || !other->opened_known || session->kind != TICKET_CHAT ||
        other->kind != TICKET_CHAT || session->buyer == NULL || other->buyer == NULL ||
        strcmp(session->buyer, other->buyer) != 0 || other->opened.us >= session->opened.us)
        return false;
    sessions_look(other, FACT_CLOSED, session->opened, &closed);
    sessions_look(other, FACT_REOPENED, session->opened, &reopened);
    return closed.us != INT64_MIN && reopened.us <= closed.us &&
           session->opened.us - closed.us <= 10 * 60 * US_PER_SECOND;
}

#endif
