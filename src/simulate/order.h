/* One order: the terms that it is placed under, and what happens to it. */
#ifndef SIMULATE_ORDER_H
#define SIMULATE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "simulate/life.h"
#include "simulate/world.h"

enum sim_fulfilment { SIM_MERCHANT, SIM_PLATFORM, SIM_PICKUP, SIM_VIRTUAL };

/* What order.placed states. Instants are 0 where it states none. */
struct terms {
    enum sim_fulfilment fulfilment;
    bool cod;
    bool test;
    uint8_t parcels;
    int64_t paid_at;       /* the payment that order.placed itself carries */
    int64_t paid_later_at; /* a payment that comes as order.paid */
    int64_t presale_until;
    int64_t promised_at;
    int64_t deliver_by;
};

/* How an order went, for what hangs on it. Instants are 0 for what does not happen. */
struct course {
    int64_t placed;
    int64_t clock;
    int64_t cancelled;
    int64_t delivered; /* whole */
    bool test;
};

/* The terms follow from the key and the instant of placing alone, so that they need not be kept. */
struct terms terms_of(const struct world *world, struct order_ref ref, int64_t placed);

/* Tells the events of an order that the warehouse packs at `packed`. */
struct course order_tell(struct life *life, const struct world *world, struct order_ref ref,
                         int64_t placed, int64_t packed);

#endif
