/* A backlog mark and one order (CONTRACT section 6): the mark of the order is t0 + H hours, the
 * cohort's checkpoint is the end of its day + H hours. */
#ifndef DOMAIN_MARK_H
#define DOMAIN_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/calendar.h"
#include "domain/order.h"

struct instant mark_checkpoint(const struct calendar *calendar, int32_t day, int64_t hours);

/* Eligible orders are all but the cancelled and the exempt ones. */
enum order_mark_state {
    ORDER_PENDING,
    ORDER_OVERDUE,
    ORDER_COLLECTED,
    ORDER_CANCELLED,
    ORDER_EXEMPT,
};
const char *order_mark_state_name(enum order_mark_state state); /* "pending", … */

/* What the order is at t to the mark that lies at `deadline`; exactly at it is in time. `exempt`:
 * an approved report covers it, which goes before everything else. */
enum order_mark_state order_mark_state(const struct order_view *view, bool exempt,
                                       struct instant deadline, struct instant t);

/* Neither collected nor cancelled at that instant. */
bool order_left_open(const struct order_view *view, struct instant looked_at);

#endif
