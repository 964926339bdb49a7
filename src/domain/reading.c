#include "domain/reading.h"

struct window window_of(enum basis basis, int32_t today, int32_t days)
{
    int32_t last_day = basis == BASIS_LIVE ? today : today - 1;
    return (struct window){last_day - days + 1, last_day};
}

/* What a counting measure counts: units are its amount, everything else is counted by the piece. */
static int64_t population(const struct measure *measure, struct tally tally)
{
    return measure->kind == MEASURE_UNITS ? tally.sum : tally.valid;
}

struct reading reading_of(const struct metric *metric, struct tally tally, struct tally per,
                          int64_t pending)
{
    if (metric->has_per)
        return (struct reading){.valid = population(&metric->per, per),
                                .sum = population(&metric->measure, tally)};
    /* The pending ones are tallied as not good, so the good ones are those of the tally. */
    int64_t decided = tally.valid - pending;
    return (struct reading){.valid = decided,
                            .sum = metric->complement ? decided - tally.sum : tally.sum,
                            .pending = pending};
}
