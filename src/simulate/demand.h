/* How many orders a day brings, and in which hours. */
#ifndef SIMULATE_DEMAND_H
#define SIMULATE_DEMAND_H

#include "simulate/world.h"

struct demand {
    int64_t total;
    int64_t hours[24]; /* their sum is total */
};

struct demand demand_of_day(const struct world *world, int32_t day, enum lane lane);

#endif
