/* What a delay report is (D-doc 4.2), read off its facts: pending until it is approved, rejected or
 * withdrawn; an approved one can be revoked. */
#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include <stdbool.h>

#include "domain/fact.h"

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
    bool approved;          /* at some time */
    struct instant revoked; /* INSTANT_NEVER: not */
};

struct report_view report_at(const struct facts *facts, struct instant t);

/* What may be done with a report: to which status each decision leads. */
enum report_decision { DECIDE_APPROVE, DECIDE_REJECT, DECIDE_WITHDRAW, DECIDE_REVOKE };
enum report_status report_decided(enum report_decision decision);
enum fact_kind report_decision_fact(enum report_decision decision);
/* Whether a report of that status may be decided so; one that is decided so already is no change.
 */
bool report_may(enum report_status status, enum report_decision decision);

#endif
