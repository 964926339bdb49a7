#include "simulate/goods.h"

/* Chances are in thousandths. */
#define CHANCE_BUSY 20
#define CHANCE_REGULAR 280
#define BUSY_BUYERS 5

struct goods goods_of(const struct world *world, struct order_ref ref)
{
    struct random random = world_random(world, ref, FOR_GOODS);
    struct goods goods = {0};

    goods.count = random_below(&random, 10) < 7 ? 1 : (int)random_between(&random, 2, 3);
    goods.warehouse = random_chance(&random, 700) ? "hangzhou" : "foshan";
    for (int i = 0; i < goods.count; i++) {
        /* Squaring makes the low numbers the best sellers. */
        int64_t draw = random_below(&random, 1000);

        goods.lines[i].sku = 100 + draw * draw / 5000;
        goods.lines[i].quantity = random_chance(&random, 800) ? 1 : random_between(&random, 2, 4);
    }
    return goods;
}

int64_t buyer_of(const struct world *world, struct order_ref ref)
{
    struct random random = world_random(world, ref, FOR_BUYER);
    int64_t draw = random_below(&random, 1000);

    if (draw < CHANCE_BUSY)
        return random_between(&random, 1, BUSY_BUYERS);
    if (draw < CHANCE_BUSY + CHANCE_REGULAR)
        return random_between(&random, 1000, 3999);
    return random_between(&random, 10000, 99999);
}

bool buyer_is_busy(int64_t buyer)
{
    return buyer <= BUSY_BUYERS;
}
