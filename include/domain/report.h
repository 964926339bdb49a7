/* Delay reports (D-doc section 4, CONTRACT section 7): what one is, read off its facts (pending
 * until it is approved, rejected or withdrawn; an approved one can be revoked); what may be filed;
 * and what becomes of each order or ticket that one lists. */
#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include <stdbool.h>

#include "domain/calendar.h"
#include "domain/fact.h"

struct order_view;
struct ticket_view;

enum report_status {
    REPORT_PENDING,
    REPORT_APPROVED,
    REPORT_REJECTED,
    REPORT_WITHDRAWN,
    REPORT_REVOKED,
};
#define REPORT_STATUSES 5
const char *report_status_name(enum report_status status); /* "pending", … */

struct report_view {
    bool known; /* it was filed */
    enum report_scope scope;
    enum report_status status;
    struct instant submitted;
    struct instant ship_by; /* INSTANT_NEVER: not stated */
    /* Half-open; INSTANT_NEVER both for one that lists what it is about. */
    struct instant period_from, period_to;
    struct instant approved, revoked; /* INSTANT_NEVER: not */
    struct instant last;              /* of what it came by so far */
};

struct report_view report_at(const struct facts *facts, struct instant t);

/* When a decision of now is made: behind everything that the report came by, though the clock of
 * another process may have been ahead, or the request may have waited longer than another one. */
struct instant report_decision_at(const struct report_view *view, struct instant now);

/* What may be done with a report: to which status each decision leads. */
enum report_decision { DECIDE_APPROVE, DECIDE_REJECT, DECIDE_WITHDRAW, DECIDE_REVOKE };
#define REPORT_DECISIONS 4
enum report_status report_decided(enum report_decision decision);
enum fact_kind report_decision_fact(enum report_decision decision);
/* Whether a report of that status may be decided so; one that is decided so already is no change.
 */
bool report_may(enum report_status status, enum report_decision decision);

/* --- filing --- */

enum report_kind {
    REPORT_EMERGENCY, /* for what is there already */
    REPORT_ADVANCE,   /* for what will be there: a period to come */
    REPORT_CONSENT,   /* the buyers agreed */
};
const char *report_kind_name(enum report_kind kind);

/* A policy's limits. */
struct report_limits {
    int32_t reach_days;        /* how many store-days before today the oldest order may lie: 6 */
    int32_t ahead_days;        /* until when a period may last, from the submission on: 7 */
    int32_t review_hours;      /* what a review takes: 24 */
    int32_t review_hours_peak; /* and in peak seasons: 48 */
};

/* What a report says of itself, without what it lists. */
struct report_terms {
    enum report_scope scope;
    enum report_kind kind;
    struct instant period_from, period_to; /* INSTANT_NEVER both: none */
    struct instant ship_by;                /* INSTANT_NEVER: not stated */
};

static inline bool report_has_period(enum report_scope scope)
{
    return scope == REPORT_STORE || scope == REPORT_STORE_TICKETS;
}

/* What is wrong with filing that at `now`: a sentence, and ret_pointer to the member that it is
 * about; NULL: nothing. The period is there exactly if the scope has one. */
const char *report_fault(const struct report_terms *terms, const struct report_limits *limits,
                         const struct calendar *calendar, struct instant now,
                         const char **ret_pointer);

/* --- what it lists --- */

enum line_result {
    LINE_ACCEPTED,
    LINE_ALREADY_COLLECTED,
    LINE_TOO_OLD, /* t0's day is beyond the reach */
    LINE_NOT_FOUND,
    LINE_ALREADY_EXEMPT,
    LINE_CANCELLED,
    LINE_NOT_COUNTED,     /* unpaid, a test, not shipped by the merchant; another kind of ticket */
    LINE_ALREADY_HANDLED, /* tickets */
    LINE_DUPLICATE,       /* an earlier line names it */
    LINE_UNREADABLE,      /* of a table: nothing that could be an id */
};
#define LINE_RESULTS 10
const char *line_result_name(enum line_result result); /* "accepted", … */
/* -1: no such name. */
int line_result_find(const char *name);

/* Of an order as it is at now; known: anything is known of it. */
enum line_result report_order_result(bool known, const struct order_view *view,
                                     const struct report_limits *limits,
                                     const struct calendar *calendar, struct instant now);
enum line_result report_ticket_result(bool known, const struct ticket_view *view,
                                      const struct calendar *calendar);

#endif
