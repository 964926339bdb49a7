/* Walks forward day by day over real orders and prints what the domain's forecast says of each
 * cohort, seeing only what had happened: bench/forecast.py feeds it and judges.
 *
 * In, a line each, in microseconds since the epoch, "-" for never:
 *   d DAY START     first instant of a store-day, ascending
 *   s FROM OFFSET   the zone's offset in seconds from then on
 *   h DAY           a holiday, ascending
 *   o T0 COLLECTED CANCELLED
 * Out: day, hours from the end of the day, mark, orders, eligible, overdue, at risk, projected
 * ratio, lower and upper bound of overdue, and the probabilities of THRESHOLDS. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/forecast.h"
#include "domain/mark.h"
#include "domain/replay.h"

#define DAYS_MAX 4000
#define SHIFTS_MAX 400
#define ORDERS_MAX 200000
#define MIN_ORDERS 15 /* of a day that is over: smaller cohorts are not judged */

static const int64_t thresholds[] = {10, 20, 30, 40, 50, 60};
static const int64_t after_day[] = {-12, 0, 24, 48};

static int64_t starts[DAYS_MAX];
static struct shift shifts[SHIFTS_MAX];
static int32_t holidays[DAYS_MAX];
static struct calendar calendar = {.starts = starts, .shifts = shifts, .holidays = holidays};
static struct order_view orders[ORDERS_MAX];
static size_t order_count;

static int64_t number(char **text)
{
    *text += strspn(*text, " ");
    if ((*text)[0] == '-' && strchr("0123456789", (*text)[1]) == NULL) {
        (*text)++;
        return INSTANT_NEVER.us;
    }
    return strtoll(*text, text, 10);
}

static bool read_line(char *line)
{
    char *rest = line + 1;
    int64_t first = number(&rest);
    switch (line[0]) {
    case 'd':
        if (calendar.count == 0)
            calendar.first_day = (int32_t)first;
        if (calendar.count < DAYS_MAX)
            starts[calendar.count++] = number(&rest);
        return true;
    case 's':
        if (calendar.shift_count < SHIFTS_MAX)
            shifts[calendar.shift_count++] = (struct shift){first, (int32_t)number(&rest)};
        return true;
    case 'h':
        if (calendar.holiday_count < DAYS_MAX)
            holidays[calendar.holiday_count++] = (int32_t)first;
        return true;
    case 'o':
        if (order_count < ORDERS_MAX) {
            struct order_view *view = &orders[order_count++];
            *view = (struct order_view){.placed = true, .counts = true, .t0 = {first}};
            view->collected.us = number(&rest);
            view->cancelled.us = number(&rest);
        }
        return true;
    default:
        return false;
    }
}

/* The order as it was at t. */
static struct order_view seen_at(const struct order_view *order, struct instant t)
{
    struct order_view view = *order;
    view.early = t.us < view.t0.us;
    if (t.us < view.collected.us)
        view.collected = INSTANT_NEVER;
    if (t.us < view.cancelled.us)
        view.cancelled = INSTANT_NEVER;
    return view;
}

static const struct policy policy = {
    .backlog = {.mark_count = 3, .marks = {{.hours = 48}, {.hours = 72}, {.hours = 120}}}};

static void print_marks(const struct question *q, const struct curve *curve, int64_t after,
                        size_t listed, const struct cohort *cohort, const struct open_orders *open)
{
    for (size_t m = 0; m < policy.backlog.mark_count; m++) {
        const struct cohort_mark *counts = &cohort->marks[m];
        struct projection p = forecast_mark(q, curve, m, listed, cohort, open);
        int64_t ratio;
        if (policy.backlog.marks[m].hours <= after || !projected_ratio(&p, &ratio))
            continue;
        printf("%d %" PRId64 " %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
               " %" PRId64 " %" PRId64,
               cohort->day, after, policy.backlog.marks[m].hours, cohort->orders, counts->eligible,
               counts->overdue, counts->at_risk, ratio, projected_low(&p), projected_high(&p));
        for (size_t i = 0; i < sizeof thresholds / sizeof thresholds[0]; i++) {
            struct mark mark = {.over_percent = thresholds[i] * 1000, .inclusive = true};
            int64_t probability = 0;
            if (projected_probability(&p, &mark, &probability))
                printf(" %" PRId64, probability);
        }
        putchar('\n');
    }
}

static void forecast(int32_t day, int64_t after)
{
    static struct sightings sightings;
    static struct open_orders open;
    struct question q = {
        .policy = &policy, .calendar = &calendar, .t = mark_checkpoint(&calendar, day, after)};
    int32_t today = calendar_day(&calendar, q.t);
    struct cohort cohorts[COHORTS_LISTED];
    struct backlog_reading reading;
    memset(&open, 0, sizeof open);
    sightings_begin(&calendar, today, &sightings);
    replay_backlog_begin(&q, cohorts, COHORTS_LISTED, &reading);
    for (size_t i = 0; i < order_count; i++) {
        struct order_view view = seen_at(&orders[i], q.t);
        replay_backlog_add(&q, &view, &reading);
        open_orders_add(&q, &view, &open);
        sightings_add(&sightings, &view);
    }
    size_t listed = (size_t)(day - today + COHORTS_LISTED - 1);
    if (cohorts[listed].orders < (after < 0 ? 1 : MIN_ORDERS))
        return;
    struct curve_cells cells = {.events = {{0}}};
    struct curve curve;
    curve_cells_add(&sightings, &cells);
    curve_fit(&cells, &curve);
    curve_spread(&sightings, &curve);
    print_marks(&q, &curve, after, listed, &cohorts[listed], &open);
}

int main(void)
{
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL)
        if (!read_line(line)) {
            fprintf(stderr, "not understood: %s", line);
            return 2;
        }
    int32_t end = calendar.first_day + (int32_t)calendar.count - 10;
    for (int32_t day = calendar.first_day + CURVE_SPAN; day < end; day++)
        for (size_t i = 0; i < sizeof after_day / sizeof after_day[0]; i++)
            forecast(day, after_day[i]);
    return 0;
}
