#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* Set before threads start, read-only after. */
static struct {
    bool set;
    struct instant start;
    int64_t monotonic_us; /* when it was set */
} shifted;

static _Atomic int64_t latest_us = INT64_MIN;

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

void clock_start_at(struct instant start)
{
    shifted.set = true;
    shifted.start = start;
    shifted.monotonic_us = read_us(CLOCK_MONOTONIC);
    atomic_store(&latest_us, start.us);
}

struct instant clock_now(void)
{
    int64_t now = shifted.set ? shifted.start.us + read_us(CLOCK_MONOTONIC) - shifted.monotonic_us
                              : read_us(CLOCK_REALTIME);
    /* The system's clock may be set back while we run: then ours stands still until it is caught
     * up. */
    int64_t latest = atomic_load(&latest_us);
    while (latest < now) {
        if (atomic_compare_exchange_weak(&latest_us, &latest, now))
            return (struct instant){now};
    }
    return (struct instant){latest};
}

int64_t clock_monotonic_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}
