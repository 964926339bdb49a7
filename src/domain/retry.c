#include "domain/retry.h"

#include <stddef.h>

#include "base/instant.h"

#define MINUTE 60
#define HOUR 3600

/* Seconds after the first, second, … failed attempt. */
static const int64_t delays_s[RETRY_ATTEMPTS - 1] = {
    5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 24 * HOUR};

/* A factor in thousandths: 900 to 1100. */
static int64_t spread(uint32_t random)
{
    return 900 + random % 201;
}

bool retry_delay_us(int64_t failed, uint32_t random, int64_t divisor, int64_t *ret_delay_us)
{
    if (failed < 1 || failed >= RETRY_ATTEMPTS)
        return false;
    *ret_delay_us = delays_s[failed - 1] * spread(random) * (US_PER_SECOND / 1000) / divisor;
    return true;
}

int64_t retry_after_capped_s(int64_t after_s)
{
    return after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : after_s;
}

bool retry_delay_after_us(int64_t failed, uint32_t random, int64_t divisor, int64_t after_s,
                          int64_t *ret_delay_us)
{
    if (!retry_delay_us(failed, random, divisor, ret_delay_us))
        return false;
    int64_t asked_s = retry_after_capped_s(after_s);
    if (*ret_delay_us < asked_s * US_PER_SECOND)
        *ret_delay_us = asked_s * US_PER_SECOND;
    return true;
}
