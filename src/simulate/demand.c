#include "simulate/demand.h"

/* Shares of a day in thousandths: quiet nights, a peak before noon, the highest in the evening. */
static const int16_t ordinary_curve[24] = {
    22, 12, 7, 4, 4, 6, 14, 25, 40, 54, 65, 62, 52, 50, 54, 55, 54, 52, 52, 62, 76, 80, 61, 37,
};
/* A sale opens at midnight, and again at ten and at eight in the evening. */
static const int16_t sale_curve[24] = {
    110, 50, 20, 10, 5, 5, 8, 15, 25, 35, 85, 55, 40, 35, 35, 35, 35, 30, 30, 47, 110, 80, 60, 40,
};
/* Thousandths of the mean day, from Sunday on; their mean is 1,000. */
static const int16_t weekday_factor[7] = {1090, 960, 940, 950, 970, 1000, 1090};

/* A sale brings this on top of the ordinary orders, in thousandths of the mean day. */
#define SALE_SIZE 1500

struct demand demand_of_day(const struct world *world, int32_t day, enum lane lane)
{
    struct random random = random_of(world->seed, (uint64_t)day, lane, FOR_DEMAND);
    const int16_t *curve = lane == LANE_SALE ? sale_curve : ordinary_curve;
    int64_t factor = lane == LANE_SALE ? SALE_SIZE : weekday_factor[weekday_of(day)];
    int64_t weather = random_between(&random, 960, 1040);
    struct demand demand = {.total = world->orders_per_day * factor * weather / 1000000};
    int64_t share = 0;
    int64_t until_now = 0;

    /* Rounding the running sum, not the hour, keeps the sum of the hours exact. */
    for (int hour = 0; hour < 24; hour++) {
        share += curve[hour];
        demand.hours[hour] = demand.total * share / 1000 - until_now;
        until_now += demand.hours[hour];
    }
    return demand;
}
