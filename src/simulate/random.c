/* splitmix64 (Steele, Lea, Flood 2014): one addition and one mixing function; passes BigCrush,
 * and every 64-bit state is a good one. */
#include "simulate/random.h"

#define GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

struct random random_of(uint64_t seed, uint64_t a, uint64_t b, uint64_t purpose)
{
    uint64_t state = mix(seed + GOLDEN_GAMMA);

    state = mix(state ^ (a + GOLDEN_GAMMA));
    state = mix(state ^ (b + 2 * GOLDEN_GAMMA));
    state = mix(state ^ (purpose + 3 * GOLDEN_GAMMA));
    return (struct random){state};
}

uint64_t random_next(struct random *random)
{
    random->state += GOLDEN_GAMMA;
    return mix(random->state);
}

int64_t random_below(struct random *random, int64_t n)
{
    /* Multiply and shift: its bias is below n / 2^32, too little to matter for a demo. */
    return (int64_t)(((random_next(random) >> 32) * (uint64_t)n) >> 32);
}

int64_t random_between(struct random *random, int64_t low, int64_t high)
{
    return low + random_below(random, high - low + 1);
}

bool random_chance(struct random *random, int64_t permille)
{
    return random_below(random, 1000) < permille;
}
