#include "simulate/warehouse.h"

#include <stdbool.h>
#include <stddef.h>

#include "simulate/sales.h"

#define MS INT64_C(1000)

/* An ordinary day's shift could pack this much of the mean day, in thousandths: busy hours
 * queue, whole days do not. */
#define ORDINARY_CAPACITY 1500

/* A sale overruns its shift: its orders take so many hundredths of a working day to pack. The
 * order at share x of the queue waits about (stretch - 1) * x days, so of all orders of the
 * first day a sixth waits longer than 72 h and next to none 120 h, and of the second day's a
 * fifth longer than 48 h and next to none 72 h: mild, and warned. None of this is left to
 * chance. */
#define FIRST_DAY_STRETCH 530
#define SECOND_DAY_STRETCH 400

static const int64_t rounds_s[] = {
    11 * SECONDS_PER_HOUR,
    15 * SECONDS_PER_HOUR,
    18 * SECONDS_PER_HOUR,
    21 * SECONDS_PER_HOUR + 1800,
};
#define ROUNDS (sizeof rounds_s / sizeof rounds_s[0])
#define ROUND_LASTS_S 2400
#define ROUND_FAILS 40 /* thousandths: the courier does not come */
#define LEFT_BEHIND 20 /* thousandths: the courier comes and the parcel is not found */

struct shift shift_of_day(const struct world *world, int32_t day, enum lane lane, int64_t orders)
{
    bool short_day = lane == LANE_ORDINARY && weekday_of(day) == 0;
    struct shift shift = {
        .opens_s = (short_day ? 10 : 8) * SECONDS_PER_HOUR,
        .closes_s = (short_day ? 17 : 21) * SECONDS_PER_HOUR,
        .free_ms = day_start(day) * MS,
    };
    int64_t day_ms = (shift.closes_s - shift.opens_s) * MS;

    if (lane == LANE_ORDINARY) {
        shift.slot_ms =
            13 * SECONDS_PER_HOUR * MS * 1000 / (world->orders_per_day * ORDINARY_CAPACITY);
    } else {
        int64_t stretch = sale_day_of(day) == SALE_FIRST ? FIRST_DAY_STRETCH : SECOND_DAY_STRETCH;
        shift.slot_ms = orders == 0 ? 0 : day_ms * stretch / 100 / orders;
    }
    return shift;
}

/* The given moment, or the next opening if nobody works then. */
static int64_t working_ms(const struct shift *shift, int64_t moment_ms)
{
    int32_t day = day_of(moment_ms / MS);
    int64_t in_day_ms = moment_ms - day_start(day) * MS;

    if (in_day_ms < shift->opens_s * MS)
        return (day_start(day) + shift->opens_s) * MS;
    if (in_day_ms >= shift->closes_s * MS)
        return (day_start(day + 1) + shift->opens_s) * MS;
    return moment_ms;
}

int64_t shift_pack(struct shift *shift, int64_t placed)
{
    int64_t begin_ms = shift->free_ms > placed * MS ? shift->free_ms : placed * MS;

    shift->free_ms = working_ms(shift, begin_ms) + shift->slot_ms;
    return shift->free_ms / MS;
}

static bool round_takes_place(const struct world *world, int32_t day, size_t round)
{
    struct random random = random_of(world->seed, (uint64_t)day, round, FOR_ROUND);

    return !random_chance(&random, ROUND_FAILS);
}

int64_t courier_collects(const struct world *world, int64_t ready, struct random *life)
{
    for (int32_t day = day_of(ready);; day++) {
        for (size_t round = 0; round < ROUNDS; round++) {
            int64_t arrives = day_start(day) + rounds_s[round];
            if (arrives < ready || !round_takes_place(world, day, round) ||
                random_chance(life, LEFT_BEHIND))
                continue;
            return arrives + random_below(life, ROUND_LASTS_S);
        }
    }
}
