#ifndef SIMULATE_DISPUTE_H
#define SIMULATE_DISPUTE_H

#include "simulate/order.h"

/* The dispute about an order, if there is one. */
void dispute_tell(struct life *life, const struct world *world, struct order_ref ref,
                  const struct course *course);

#endif
