/* Random numbers that are the same on every machine: 64-bit integers only. A generator is a
 * plain value made from a key (seed, day, order, purpose), so any part of the simulated world
 * can be drawn again without drawing what came before it. */
#ifndef SIMULATE_RANDOM_H
#define SIMULATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

struct random random_of(uint64_t seed, uint64_t a, uint64_t b, uint64_t purpose);
uint64_t random_next(struct random *random);
/* Uniform in [0, n), 1 <= n < 2^32. */
int64_t random_below(struct random *random, int64_t n);
/* Uniform in [low, high], both included. */
int64_t random_between(struct random *random, int64_t low, int64_t high);
/* True in `permille` of 1,000 cases. */
bool random_chance(struct random *random, int64_t permille);

#endif
