/* The warehouse packs the orders of a lane one after the other, at a finite speed and in its
 * working hours; couriers collect on fixed rounds. */
#ifndef SIMULATE_WAREHOUSE_H
#define SIMULATE_WAREHOUSE_H

#include "simulate/world.h"

/* The queue of one day's orders in one lane. It starts empty: each day's orders have a shift of
 * their own, which is what makes an order's life depend on its day alone. */
struct shift {
    int64_t opens_s; /* seconds of the day */
    int64_t closes_s;
    int64_t slot_ms; /* what one order takes */
    int64_t free_ms; /* when the next one can be begun */
};

struct shift shift_of_day(const struct world *world, int32_t day, enum lane lane, int64_t orders);

/* Takes the next order of the queue, known from `placed` on; returns when it is packed. */
int64_t shift_pack(struct shift *shift, int64_t placed);

/* When the courier scans a parcel that is ready since `ready`: on the first round after it that
 * takes place and does not leave the parcel behind. */
int64_t courier_collects(const struct world *world, int64_t ready, struct random *life);

#endif
