#include "domain/calendar.h"

#include <assert.h>

int32_t calendar_day(const struct calendar *calendar, struct instant t)
{
    /* The last start that is not after t: a zone that skipped a day has two equal starts, and
     * the later day holds. */
    size_t low = 0, high = calendar->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (calendar->starts[middle] <= t.us)
            low = middle;
        else
            high = middle;
    }
    return calendar->first_day + (int32_t)low;
}

struct instant calendar_start(const struct calendar *calendar, int32_t day)
{
    assert(day >= calendar->first_day && day - calendar->first_day < (int32_t)calendar->count);
    return (struct instant){calendar->starts[day - calendar->first_day]};
}
