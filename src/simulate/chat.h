#ifndef SIMULATE_CHAT_H
#define SIMULATE_CHAT_H

#include "simulate/order.h"

/* The chat sessions around an order, if there are any. */
void chat_tell(struct life *life, const struct world *world, struct order_ref ref,
               const struct course *course);

#endif
