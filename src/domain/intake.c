#include "domain/intake.h"

#include <stdlib.h>

#include "domain/backlog.h"

#define DAY_HOURS 24
#define LEAST_DAYS 14 /* a store is seen for, before anything is said of its weekdays */

/* --- what days have shown --- */

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A day that ended with as much again to do was as good as the store is. */
static bool is_busy(const struct seen_day *day)
{
    return day->left > 0 && day->left >= day->taken;
}

/* Of busy days four fifths did no more, so that one extraordinary day promises nothing; of others
 * the most that was done. */
static void judge_weekday(const struct seen_day *days, size_t count, size_t weekday,
                          struct capacity *capacity)
{
    int64_t busy[CURVE_SPAN], most = 0;
    size_t busy_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (days[i].weekday != weekday)
            continue;
        if (is_busy(&days[i]))
            busy[busy_count++] = days[i].taken;
        most = days[i].taken > most ? days[i].taken : most;
    }
    qsort(busy, busy_count, sizeof busy[0], ascending);
    capacity->shown[weekday] = busy_count > 0;
    capacity->orders[weekday] = busy_count > 0 ? busy[(4 * busy_count + 4) / 5 - 1] : most;
    capacity->busy_days += (int64_t)busy_count;
}

static int64_t least_hours(const struct sightings *s)
{
    int64_t by_age[CURVE_AGES] = {0}, all = 0, so_far = 0;
    for (size_t hour = 0; hour < s->hour_count; hour++)
        for (size_t age = 0; age < CURVE_AGES; age++)
            by_age[age] += s->taken[hour][age];
    for (size_t age = 0; age < CURVE_AGES; age++)
        all += by_age[age];
    for (size_t age = 0; age < CURVE_AGES; age++) {
        so_far += by_age[age];
        if (10 * so_far > all)
            return (int64_t)age;
    }
    return 0;
}

struct capacity capacity_of(const struct sightings *sightings)
{
    struct seen_day all[CURVE_SPAN];
    size_t count = sightings_days(sightings, all), first = 0;
    while (first < count && all[first].placed == 0)
        first++;
    struct capacity capacity = {.known = count - first >= LEAST_DAYS};
    if (!capacity.known)
        return capacity;
    for (size_t weekday = 0; weekday < WEEKDAYS; weekday++)
        judge_weekday(all + first, count - first, weekday, &capacity);
    capacity.least_hours = least_hours(sightings);
    return capacity;
}

/* --- the queue --- */

struct mark intake_mark(const struct backlog_policy *policy)
{
    for (size_t m = 0; m < policy->mark_count; m++)
        if (policy->marks[m].hours == 72)
            return policy->marks[m];
    for (size_t m = 0; m < policy->mark_count; m++)
        if (policy->marks[m].restriction.kind[0] != '\0')
            return policy->marks[m];
    return (struct mark){
        .hours = 72, .level = LEVEL_MILD, .over_percent = 10000, .inclusive = true};
}

/* From empty the queue is as it will always be after a week, unless more comes than goes. The third
 * week is looked at, and the hours of the longest mark after it. */
#define WARM_UP_HOURS (2 * WEEK_HOURS)
#define QUEUE_HOURS (WARM_UP_HOURS + WEEK_HOURS + 720)

/* Counts are in twenty-fourths of an order, so that hours have whole ones: `orders` come in each
 * hour, and capacity->orders of the weekday go. gone[h]: by the end of hour h. */
static void run_queue(const struct capacity *capacity, int64_t orders,
                      int64_t gone[static QUEUE_HOURS])
{
    int64_t before = 0;
    for (int64_t hour = 0; hour < QUEUE_HOURS; hour++) {
        int64_t ripe = hour - capacity->least_hours + 1; /* hours whose orders can be collected */
        int64_t come = ripe > 0 ? orders * ripe : 0;
        int64_t could = before + capacity->orders[hour / DAY_HOURS % WEEKDAYS];
        gone[hour] = come < could ? come : could;
        before = gone[hour];
    }
}

/* Of the orders of that day those that are not gone at their mark: the oldest goes first. */
static int64_t late_of_day(const int64_t gone[static QUEUE_HOURS], int64_t first_hour,
                           int64_t orders, int64_t mark_hours)
{
    int64_t late = 0;
    for (int64_t hour = first_hour; hour < first_hour + DAY_HOURS; hour++) {
        int64_t left = orders * (hour + 1) - gone[hour + mark_hours];
        late += left < 0 ? 0 : left < orders ? left : orders;
    }
    return late;
}

bool intake_is_safe(const struct capacity *capacity, const struct mark *mark, int64_t orders)
{
    int64_t gone[QUEUE_HOURS], week = 0;
    for (size_t weekday = 0; weekday < WEEKDAYS; weekday++)
        week += capacity->orders[weekday];
    if (WEEKDAYS * orders > week)
        return false;
    run_queue(capacity, orders, gone);
    for (int64_t day = 0; day < WEEKDAYS; day++) {
        int64_t late = late_of_day(gone, WARM_UP_HOURS + day * DAY_HOURS, orders, mark->hours);
        if (mark_holds(mark, late, DAY_HOURS * orders))
            return false;
    }
    return true;
}

int64_t intake_safe(const struct capacity *capacity, const struct mark *mark)
{
    int64_t safe = 0, unsafe = 0;
    for (size_t weekday = 0; weekday < WEEKDAYS; weekday++)
        unsafe += capacity->orders[weekday]; /* as many in a day as go in a week */
    while (unsafe - safe > 1) {
        int64_t middle = safe + (unsafe - safe) / 2;
        if (intake_is_safe(capacity, mark, middle))
            safe = middle;
        else
            unsafe = middle;
    }
    return safe;
}
