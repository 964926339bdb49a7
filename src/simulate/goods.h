/* What is in an order and who buys it. */
#ifndef SIMULATE_GOODS_H
#define SIMULATE_GOODS_H

#include <stdbool.h>
#include <stdint.h>

#include "simulate/world.h"

#define GOODS_LINES_MAX 3

struct goods_line {
    int64_t sku; /* the low numbers sell best */
    int64_t quantity;
};

struct goods {
    const char *warehouse;
    struct goods_line lines[GOODS_LINES_MAX];
    int count;
};

struct goods goods_of(const struct world *world, struct order_ref ref);

/* Most buyers come once or twice, some again and again, and a handful buys all the time. */
int64_t buyer_of(const struct world *world, struct order_ref ref);

/* One of the handful: they review all they buy, more than a score takes from one buyer. */
bool buyer_is_busy(int64_t buyer);

#endif
