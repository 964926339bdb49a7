/* How many of a number of orders something happens to, when it happens to each with the same
 * chance and to all of them more or less together: the beta-binomial distribution. */
#ifndef DOMAIN_CHANCE_H
#define DOMAIN_CHANCE_H

#include <stdint.h>

struct chance {
    int64_t count;
    double share;       /* mean share, 0 to 1 */
    double correlation; /* of two orders, 0 (they are independent) to below 1 */
};

/* The probability of `least` or more. Exactly 1 for least <= 0, 0 for least > count. */
double chance_at_least(const struct chance *chance, int64_t least);

/* The smallest number that is reached or fallen short of with at least that probability. */
int64_t chance_quantile(const struct chance *chance, double probability);

#endif
