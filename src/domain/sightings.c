#include <math.h>
#include <string.h>

#include "domain/measure.h"
#include "sightings.h"

#define SUNDAY 6
#define DAY_HOURS 24

static size_t weekday_of(const struct calendar *calendar, int32_t day)
{
    if (calendar_is_holiday(calendar, day))
        return SUNDAY;
    return (size_t)(day + 3) % 7; /* 1970-01-01 was a Thursday */
}

size_t week_hour(const struct calendar *calendar, struct instant t)
{
    return weekday_of(calendar, calendar_day(calendar, t)) * DAY_HOURS +
           (size_t)calendar_minute(calendar, t) / 60;
}

/* --- telling --- */

static int32_t day_before(const struct calendar *calendar, int32_t today, int32_t days)
{
    return today - days > calendar->first_day ? today - days : calendar->first_day;
}

void sightings_begin(const struct calendar *calendar, int32_t today,
                     struct sightings *ret_sightings)
{
    struct sightings *s = ret_sightings;
    memset(s, 0, sizeof *s);
    s->calendar = calendar;
    s->first_day = day_before(calendar, today, CURVE_SPAN);
    s->day_count = (size_t)(today - s->first_day);
    s->from = calendar_start(calendar, s->first_day);
    s->window = calendar_start(calendar, day_before(calendar, today, CURVE_DAYS));
    s->until = calendar_start(calendar, today);
    s->hour_count = (size_t)((s->until.us - s->from.us + US_PER_HOUR - 1) / US_PER_HOUR);
}

static size_t hour_of(const struct sightings *s, struct instant t)
{
    return (size_t)((t.us - s->from.us) / US_PER_HOUR);
}

static size_t day_index(const struct sightings *s, struct instant t)
{
    return (size_t)(calendar_day(s->calendar, t) - s->first_day);
}

void sightings_add(struct sightings *s, const struct order_view *view)
{
    if (!view->counts || view->t0.us >= s->until.us)
        return;
    bool collected = view->collected.us < view->cancelled.us;
    struct instant end = instant_min(view->collected, view->cancelled);
    bool ended = end.us >= s->from.us && end.us < s->until.us;
    if (collected && ended)
        s->taken_on[day_index(s, end)]++;
    /* What was excused is no sign of how the store collects, nor what was gone before its time. */
    if (view->t0.us < s->from.us || end.us < view->t0.us || order_is_exempt(view, s->calendar))
        return;
    if (view->t0.us >= s->window.us)
        s->orders++;
    size_t hour = hour_of(s, view->t0);
    s->placed[hour]++;
    if (!ended || hour_of(s, end) - hour >= CURVE_AGES)
        return;
    s->gone[hour][hour_of(s, end) - hour]++;
    if (!collected)
        return;
    s->taken[hour][hour_of(s, end) - hour]++;
    if (end.us >= s->window.us)
        s->collected++;
}

/* --- walking through the hours --- */

/* The first hour of age behind a band; the last band has no end. Quarters of the first day, halves
 * of the second, then days. */
static const int64_t band_ends[AGE_BANDS - 1] = {6, 12, 18, 24, 36, 48, 72, 96, 120};

size_t age_band(int64_t hours)
{
    size_t band = 0;
    while (band < AGE_BANDS - 1 && hours >= band_ends[band])
        band++;
    return band;
}

/* Orders of one hour of t0 that were open in the hour. Those of that very hour came, on average, in
 * its middle; those that were cancelled left in its middle. */
static double at_risk(uint32_t open, uint32_t cancelled, size_t age)
{
    double whole = open - 0.5 * cancelled;
    return age == 0 ? 0.5 * whole : whole;
}

/* A courier takes many at once. The share of the hour for which orders count as open is that with
 * which events / exposure is the hazard that takes such a share of them in a whole hour. */
static double open_share(const struct seen_hour *hour)
{
    double open = 0, events = 0;
    for (size_t band = 0; band < AGE_BANDS; band++) {
        open += hour->exposure[band];
        events += hour->events[band];
    }
    return events > 0 ? events / -log(1 - events / (open + 0.5)) / open : 1;
}

static void see_hour(const struct sightings *s, size_t hour, uint32_t open[static CURVE_HOURS],
                     struct seen_hour *seen)
{
    size_t oldest = hour < CURVE_AGES ? 0 : hour - CURVE_AGES + 1;
    for (size_t placed = oldest; placed <= hour; placed++) {
        size_t age = hour - placed, band = age_band((int64_t)age);
        uint32_t taken = s->taken[placed][age], gone = s->gone[placed][age];
        seen->exposure[band] += at_risk(open[placed], gone - taken, age);
        seen->events[band] += taken;
        open[placed] -= gone;
        seen->left += open[placed];
    }
    for (size_t band = 0; band < AGE_BANDS; band++)
        seen->exposure[band] = fmax(seen->exposure[band], seen->events[band]);
    double share = open_share(seen);
    for (size_t band = 0; band < AGE_BANDS; band++)
        seen->exposure[band] *= share;
}

/* Where the clock is shifted by half an hour, the last hour's middle would be today's. */
static struct instant middle_of(const struct sightings *s, size_t hour)
{
    struct instant middle = {s->from.us + (int64_t)hour * US_PER_HOUR + US_PER_HOUR / 2};
    return instant_min(middle, (struct instant){s->until.us - 1});
}

void sightings_walk(const struct sightings *s, seen_hour_fn *take, void *arg)
{
    uint32_t open[CURVE_HOURS]; /* of the orders of each hour of t0 */
    memcpy(open, s->placed, sizeof open);
    for (size_t hour = 0; hour < s->hour_count; hour++) {
        struct instant middle = middle_of(s, hour);
        struct seen_hour seen = {
            .day = day_index(s, middle),
            .week_hour = week_hour(s->calendar, middle),
            .in_window = middle.us >= s->window.us,
        };
        see_hour(s, hour, open, &seen);
        take(arg, &seen);
    }
}

/* --- days --- */

static void take_left(void *arg, const struct seen_hour *hour)
{
    struct seen_day *days = arg;
    days[hour->day].left = hour->left; /* the last hour of the day stays */
}

size_t sightings_days(const struct sightings *s, struct seen_day ret_days[static CURVE_SPAN])
{
    for (size_t i = 0; i < s->day_count; i++)
        ret_days[i] = (struct seen_day){
            .weekday = weekday_of(s->calendar, s->first_day + (int32_t)i),
            .taken = s->taken_on[i],
        };
    for (size_t hour = 0; hour < s->hour_count; hour++) {
        struct instant middle = middle_of(s, hour);
        ret_days[day_index(s, middle)].placed += s->placed[hour];
    }
    sightings_walk(s, take_left, ret_days);
    return s->day_count;
}
