#include "simulate/world.h"

/* Counted up when the model changes: a store filled by an older program then gets other orders,
 * not conflicting ones. */
#define MODEL_VERSION 2

struct world world_of(uint64_t seed, int64_t orders_per_day)
{
    struct random random = random_of(seed, (uint64_t)orders_per_day, MODEL_VERSION, FOR_TAG);

    return (struct world){
        .seed = seed,
        .orders_per_day = orders_per_day,
        .tag = (uint16_t)(random_next(&random) >> 48),
    };
}

struct random world_random(const struct world *world, struct order_ref ref, enum purpose purpose)
{
    uint64_t order = (uint64_t)ref.number << 1 | (ref.lane == LANE_SALE);

    return random_of(world->seed, (uint64_t)ref.day, order, purpose);
}

int64_t day_start(int32_t day)
{
    return day * SECONDS_PER_DAY - ZONE_OFFSET_S;
}

/* Years 2000 to 2100 only, so truncation is floor. */
int32_t day_of(int64_t second)
{
    return (int32_t)((second + ZONE_OFFSET_S) / SECONDS_PER_DAY);
}

int weekday_of(int32_t day)
{
    return (day + 4) % 7; /* 1970-01-01 was a Thursday */
}
