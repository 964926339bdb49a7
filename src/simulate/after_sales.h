#ifndef SIMULATE_AFTER_SALES_H
#define SIMULATE_AFTER_SALES_H

#include "simulate/order.h"

/* The after-sales ticket of an order, if it gets one: return, exchange, repair, refund, resend. */
void after_sales_tell(struct life *life, const struct world *world, struct order_ref ref,
                      const struct course *course);

#endif
