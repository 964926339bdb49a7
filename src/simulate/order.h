/* One order: the terms that it is placed under, and the events of its life. */
#ifndef SIMULATE_ORDER_H
#define SIMULATE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "simulate/world.h"

enum sim_kind {
    SIM_PLACED,
    SIM_PAID,
    SIM_PROMISED,
    SIM_SHIPPED,
    SIM_COLLECTED,
    SIM_DELIVERED,
    SIM_CANCELLED, /* by the buyer */
    SIM_UNPAID,    /* by the platform, a day after an order that nobody pays */
    SIM_MISTAKE,   /* a cancellation typed in for the wrong order ... */
    SIM_RETRACTED  /* ... and taken back */
};

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
};

/* An event before it is written. Small, because many wait at once for their turn. */
struct sim_event {
    int64_t arrives; /* when it reaches the feed; never before `time` */
    int64_t time;    /* when it happened */
    int64_t promise; /* SIM_PROMISED */
    uint64_t serial; /* order of making, so that the order of equal arrivals is certain */
    struct order_ref ref;
    uint8_t kind;   /* enum sim_kind */
    uint8_t parcel; /* from 1; SIM_SHIPPED, SIM_COLLECTED, SIM_DELIVERED */
};

#define LIFE_EVENTS_MAX 32 /* 3 parcels with 3 events, 7 others, each perhaps twice */

struct life {
    struct sim_event events[LIFE_EVENTS_MAX];
    int count;
};

/* The terms follow from the key and the instant of placing alone, so that they need not be kept. */
struct terms terms_of(const struct world *world, struct order_ref ref, int64_t placed);

/* Every event of an order that the warehouse packs at `packed`. */
struct life life_of(const struct world *world, struct order_ref ref, int64_t placed,
                    int64_t packed);

#endif
