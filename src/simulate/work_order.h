#ifndef SIMULATE_WORK_ORDER_H
#define SIMULATE_WORK_ORDER_H

#include "simulate/order.h"

/* The platform's work order about an order, if there is one. */
void work_order_tell(struct life *life, const struct world *world, struct order_ref ref,
                     const struct course *course);

#endif
