#include "domain/chance.h"

#include <stdbool.h>

/* Weights of all numbers are walked through as ratios of neighbours, beginning with 1 at a number
 * near the mean; those that vanish are 0. */
struct walk {
    int64_t count;
    bool independent;
    double a, b; /* of the beta distribution, or the two shares */
};

static struct walk walk_of(const struct chance *chance)
{
    bool independent = chance->correlation <= 0;
    double size = independent ? 1 : 1 / chance->correlation - 1;
    return (struct walk){chance->count, independent, chance->share * size,
                         (1 - chance->share) * size};
}

/* The weight of k + 1 divided by that of k. */
static double ratio(const struct walk *walk, int64_t k)
{
    double left = (double)(walk->count - k), next = (double)(k + 1);
    if (walk->independent)
        return left * walk->a / (next * walk->b);
    return left * ((double)k + walk->a) / (next * (left - 1 + walk->b));
}

/* Where weights are walked from: near the mean, so that nothing of importance vanishes. */
static int64_t start_of(const struct chance *chance)
{
    return (int64_t)((double)chance->count * chance->share);
}

/* The weights of numbers above `start`, and of those below it, from `least` on and up to `most`;
 * that of `start` is 1. */
static double weight_above(const struct walk *walk, int64_t start, int64_t least)
{
    double sum = 0, at = 1;
    for (int64_t k = start; k < walk->count && at > 0;) {
        at *= ratio(walk, k++);
        if (k >= least)
            sum += at;
    }
    return sum;
}

static double weight_below(const struct walk *walk, int64_t start, int64_t least)
{
    double sum = 0, at = 1;
    for (int64_t k = start; k > 0 && k > least && at > 0;) {
        at /= ratio(walk, --k);
        sum += at;
    }
    return sum;
}

/* All of them, or none. */
static bool is_certain(const struct chance *chance)
{
    return chance->count == 0 || chance->share <= 0 || chance->share >= 1;
}

static int64_t certain_count(const struct chance *chance)
{
    return chance->share >= 1 ? chance->count : 0;
}

double chance_at_least(const struct chance *chance, int64_t least)
{
    if (least <= 0)
        return 1;
    if (least > chance->count)
        return 0;
    if (is_certain(chance))
        return certain_count(chance) >= least ? 1 : 0;
    struct walk walk = walk_of(chance);
    int64_t start = start_of(chance);
    double above = weight_above(&walk, start, 0), below = weight_below(&walk, start, 0);
    double reached = weight_above(&walk, start, least);
    if (least <= start)
        reached += 1 + weight_below(&walk, start, least);
    return reached / (above + 1 + below);
}

int64_t chance_quantile(const struct chance *chance, double probability)
{
    if (is_certain(chance))
        return certain_count(chance);
    struct walk walk = walk_of(chance);
    int64_t k = start_of(chance);
    double up_to = 1 + weight_below(&walk, k, 0);
    double wanted = probability * (up_to + weight_above(&walk, k, 0));
    double at = 1;
    while (k < chance->count && up_to < wanted) {
        at *= ratio(&walk, k++);
        up_to += at;
    }
    while (k > 0 && up_to - at >= wanted) {
        up_to -= at;
        at /= ratio(&walk, --k);
    }
    return k;
}
