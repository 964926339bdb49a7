/* When a delivery that failed is tried again. */
#ifndef DOMAIN_RETRY_H
#define DOMAIN_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_ATTEMPTS 10 /* in all: the last comes less than three days after the first */
#define RETRY_AFTER_MAX_S (24 * 3600) /* what a receiver may ask for */

/* How long to wait after the `failed`-th failed attempt (1 is the first); `random` spreads it by a
 * tenth to either side. `divisor` (1 or more) shortens it for tests. false: that was the last
 * attempt. */
bool retry_delay_us(int64_t failed, uint32_t random, int64_t divisor, int64_t *ret_delay_us);

/* The same, but not before the receiver wants it; `after_s` below 0: it has said nothing. */
bool retry_delay_after_us(int64_t failed, uint32_t random, int64_t divisor, int64_t after_s,
                          int64_t *ret_delay_us);

/* What holds of what a receiver asks for. */
int64_t retry_after_capped_s(int64_t after_s);

#endif
