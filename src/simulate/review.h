#ifndef SIMULATE_REVIEW_H
#define SIMULATE_REVIEW_H

#include "simulate/order.h"

/* The review of an order, if it gets one. */
void review_tell(struct life *life, const struct world *world, struct order_ref ref,
                 const struct course *course);

#endif
