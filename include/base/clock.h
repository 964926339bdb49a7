/* The service's clock. Read once per request, group or job and then passed on as a value. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/instant.h"

/* Makes the clock start at `start` now and run on from there (WINDVANE_CLOCK_START). Call before
 * threads start. */
void clock_start_at(struct instant start);

/* Now, in whole microseconds. Never goes backwards within the process. */
struct instant clock_now(void);

/* Milliseconds of a monotonic clock, for deadlines and durations only. */
int64_t clock_monotonic_ms(void);

#endif
