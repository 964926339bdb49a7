#include "simulate/life.h"

#include <assert.h>

#define MINUTE INT64_C(60)

/* Chances are in thousandths. */
#define CHANCE_TWICE 3
#define CHANCE_LATE 5

struct teller teller_of(struct life *life, const struct world *world, struct order_ref ref,
                        enum purpose purpose)
{
    return (struct teller){life, ref, world_random(world, ref, purpose)};
}

void life_add(struct teller *teller, struct sim_event event)
{
    assert(teller->life->count < LIFE_EVENTS_MAX);
    event.ref = teller->ref;
    if (event.arrives < event.time)
        event.arrives = event.time;
    teller->life->events[teller->life->count++] = event;
}

void life_repeat(struct teller *teller, struct sim_event event)
{
    if (!random_chance(&teller->random, CHANCE_TWICE))
        return;
    event.arrives += random_between(&teller->random, 1, 2 * SECONDS_PER_HOUR);
    life_add(teller, event);
}

void life_happen(struct teller *teller, struct sim_event event)
{
    event.arrives = event.time;
    if (random_chance(&teller->random, CHANCE_LATE))
        event.arrives += random_between(&teller->random, 10 * MINUTE, 10 * SECONDS_PER_HOUR);
    life_add(teller, event);
    life_repeat(teller, event);
}
