/* Wide arithmetic for products of two 64-bit numbers. */
#ifndef DOMAIN_WIDE_H
#define DOMAIN_WIDE_H

#include <stdint.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

/* num / den for num >= 0 and den > 0. */
static inline int64_t round_half_up(int128 num, int128 den)
{
    return (int64_t)((2 * num + den) / (2 * den));
}

#endif
