#include "domain/calendar.h"

#include <assert.h>

#include <stdlib.h>

#define SECONDS_PER_DAY 86400
#define SECONDS_PER_MINUTE 60

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

/* Shifts are few, and searched from end to end. */
int32_t calendar_minute(const struct calendar *calendar, struct instant t)
{
    int64_t offset_s = 0;
    for (size_t i = 0; i < calendar->shift_count && calendar->shifts[i].from <= t.us; i++)
        offset_s = calendar->shifts[i].offset_s;
    /* The instants of the program lie after the epoch by more than any offset. */
    int64_t local_s = t.us / US_PER_SECOND + offset_s;
    return (int32_t)(local_s % SECONDS_PER_DAY / SECONDS_PER_MINUTE);
}

/* Ascending intervals that neither overlap nor touch. */
static bool is_inside(const struct interval *intervals, size_t count, struct instant t)
{
    /* The first interval that ends after t is the only one that can hold it. */
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (intervals[middle].to <= t.us)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && t.us >= intervals[low].from;
}

bool calendar_is_suspended(const struct calendar *calendar, struct instant t)
{
    return is_inside(calendar->suspended, calendar->suspended_count, t);
}

bool calendar_is_excused(const struct calendar *calendar, enum calendar_excuse what,
                         struct instant t)
{
    return is_inside(calendar->excused[what], calendar->excused_count[what], t);
}

static int compare_intervals(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

void excused_unite(struct excused *excused)
{
    struct interval *items = excused->intervals;
    size_t kept = 0;
    if (excused->count > 0)
        qsort(items, excused->count, sizeof *items, compare_intervals);
    for (size_t i = 0; i < excused->count; i++) {
        if (items[i].from >= items[i].to)
            continue;
        if (kept == 0 || items[i].from > items[kept - 1].to)
            items[kept++] = items[i];
        else if (items[i].to > items[kept - 1].to)
            items[kept - 1].to = items[i].to;
    }
    excused->count = kept;
}

bool calendar_is_holiday(const struct calendar *calendar, int32_t day)
{
    size_t low = 0, high = calendar->holiday_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < calendar->holiday_count && calendar->holidays[low] == day;
}
