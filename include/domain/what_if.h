/* What would become of the listed cohorts if some orders were collected at an instant to come, or
 * excused now, and what they are worth. Only open orders can be helped. */
#ifndef DOMAIN_WHAT_IF_H
#define DOMAIN_WHAT_IF_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/backlog.h"
#include "domain/order.h"

enum remedy { REMEDY_COLLECT, REMEDY_EXEMPT };
const char *remedy_name(enum remedy remedy); /* "collect", "exempt" */

struct help {
    enum remedy remedy;
    struct instant by; /* when it is collected; not before q->t */
    /* The days whose orders may be helped: listed ones. */
    int32_t first_day;
    int32_t last_day;
};

enum help_result {
    HELP_APPLIED,
    HELP_ALREADY_COLLECTED,
    HELP_CANCELLED,
    HELP_NOT_LISTED,  /* of another day */
    HELP_NOT_COUNTED, /* in no cohort: test, pickup, unpaid, … */
    HELP_TOO_LATE,    /* every mark that it could make passes before `by` */
    HELP_NOT_FOUND,   /* nothing says that there is such an order */
    HELP_ALREADY_EXEMPT,
};
const char *help_result_name(enum help_result result);

enum help_result help_try(const struct question *q, const struct help *help,
                          const struct order_view *view);

/* Orders are helped in ascending order of this. Collecting: the deadline that comes first among
 * those that it can make. Exempting: first what is overdue at a mark whose checkpoint is ahead,
 * then what is overdue at all, then the rest; the oldest of each first. HELP_APPLIED only. */
struct help_worth {
    int32_t class;
    int64_t at;
};
struct help_worth help_worth(const struct question *q, const struct help *help, struct instant t0);
int help_worth_compare(const struct help_worth *a, const struct help_worth *b);

/* Takes the help into account in the cohort of an open order: HELP_APPLIED only. */
void help_apply(const struct question *q, const struct help *help, const struct order_view *view,
                struct backlog_reading *reading);

/* What a mark comes to if nothing more is collected: its state, once its checkpoint is there. */
enum mark_state worst_state(const struct question *q, size_t mark,
                            const struct backlog_reading *reading, const struct cohort *cohort,
                            const struct mark_verdict *verdict);
/* The highest level that a listed cohort comes to then, or the level of now. */
enum backlog_level worst_level(const struct question *q, const struct backlog_reading *reading,
                               const struct backlog *backlog);

#endif
