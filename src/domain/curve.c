#include "domain/curve.h"

#include <math.h>
#include <string.h>

#include "sightings.h"

#define DAY_HOURS 24
#define CLASSES 3 /* working day, Saturday, Sunday */

/* --- cells --- */

static void add_hour(void *arg, const struct seen_hour *hour)
{
    struct curve_cells *cells = arg;
    if (!hour->in_window)
        return;
    for (size_t band = 0; band < AGE_BANDS; band++) {
        cells->exposure[hour->week_hour][band] += hour->exposure[band];
        cells->events[hour->week_hour][band] += hour->events[band];
    }
}

void curve_cells_add(const struct sightings *sightings, struct curve_cells *cells)
{
    sightings_walk(sightings, add_hour, cells);
}

static double sum(const double cells[WEEK_HOURS][AGE_BANDS])
{
    double all = 0;
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++)
            all += cells[hour][band];
    return all;
}

double curve_cells_events(const struct curve_cells *cells)
{
    return sum(cells->events);
}

/* A store of which nothing was seen takes from its category what so many collections tell. */
#define POOL_WORTH 50.0

int64_t curve_cells_pool(const struct curve_cells *pool, struct curve_cells *own)
{
    double events = curve_cells_events(own), others = curve_cells_events(pool);
    double worth = POOL_WORTH * (1 - events / CURVE_THIN);
    if (worth <= 0 || others <= 0)
        return 10000;
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++) {
            own->events[hour][band] += pool->events[hour][band] * (worth / others);
            own->exposure[hour][band] += pool->exposure[hour][band] * (worth / others);
        }
    return (int64_t)floor(10000 * events / (events + worth) + 0.5);
}

/* --- the curve --- */

/* The hazard is a product of factors, each of finer groups than those before, so that where little
 * was seen the coarser ones hold: by age; by class of weekday; by hour of the day; by class and
 * hour; by class, hour and age. Weekdays of their own add noise (docs/decisions/0010). */
typedef size_t group_fn(size_t hour, size_t band);

static size_t class_of(size_t hour)
{
    size_t weekday = hour / DAY_HOURS;
    return weekday < 5 ? 0 : weekday - 4;
}

static size_t by_age(size_t hour, size_t band)
{
    (void)hour;
    return band;
}

static size_t by_class(size_t hour, size_t band)
{
    (void)band;
    return class_of(hour);
}

static size_t by_hour(size_t hour, size_t band)
{
    (void)band;
    return hour % DAY_HOURS;
}

static size_t by_class_hour(size_t hour, size_t band)
{
    return class_of(hour) * DAY_HOURS + by_hour(hour, band);
}

static size_t by_class_hour_age(size_t hour, size_t band)
{
    return by_class_hour(hour, band) * AGE_BANDS + band;
}

static group_fn *const levels[] = {by_age, by_class, by_hour, by_class_hour, by_class_hour_age};
#define LEVELS (sizeof levels / sizeof levels[0])
#define GROUPS_MAX (CLASSES * DAY_HOURS * AGE_BANDS)

/* Every factor is shrunken towards 1 as by so many more collections that were as expected. */
#define SHRINK 2.0
#define ROUNDS 12 /* after which nothing changes in what is shown */

struct fit {
    const struct curve_cells *cells;
    double hazard[WEEK_HOURS][AGE_BANDS]; /* the product of all factors */
    double factors[LEVELS][GROUPS_MAX];
};

static void fit_level(struct fit *fit, size_t level)
{
    double seen[GROUPS_MAX] = {0}, expected[GROUPS_MAX] = {0}, change[GROUPS_MAX];
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++) {
            size_t group = levels[level](hour, band);
            seen[group] += fit->cells->events[hour][band];
            expected[group] += fit->cells->exposure[hour][band] * fit->hazard[hour][band];
        }
    for (size_t group = 0; group < GROUPS_MAX; group++) {
        double *factor = &fit->factors[level][group];
        double next = (seen[group] + SHRINK) / (expected[group] / *factor + SHRINK);
        change[group] = next / *factor;
        *factor = next;
    }
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++)
            fit->hazard[hour][band] *= change[levels[level](hour, band)];
}

void curve_fit(const struct curve_cells *cells, struct curve *ret_curve)
{
    struct fit fit = {.cells = cells};
    double events = sum(cells->events), exposure = sum(cells->exposure);
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++)
            fit.hazard[hour][band] = exposure > 0 ? events / exposure : 0;
    for (size_t level = 0; level < LEVELS; level++)
        for (size_t group = 0; group < GROUPS_MAX; group++)
            fit.factors[level][group] = 1;
    for (int round = 0; round < ROUNDS; round++)
        for (size_t level = 0; level < LEVELS; level++)
            fit_level(&fit, level);
    memcpy(ret_curve->hazard, fit.hazard, sizeof fit.hazard);
    ret_curve->spread = 0;
    ret_curve->doubt = 1 / (events + 1);
}

double curve_hazard(const struct curve *curve, size_t week_hour, int64_t age_hours)
{
    return curve->hazard[week_hour][age_band(age_hours)];
}

/* --- how days differ --- */

/* Before anything is seen, and as what it then counts: ten days on which ten were expected. */
#define SPREAD_BEFORE 0.1
#define SPREAD_WEIGHT 1000.0
#define SPREAD_LEAST 0.001

struct days {
    const struct curve *curve;
    double seen[CURVE_SPAN];
    double expected[CURVE_SPAN];
};

static void add_to_day(void *arg, const struct seen_hour *hour)
{
    struct days *days = arg;
    if (!hour->in_window)
        return;
    for (size_t band = 0; band < AGE_BANDS; band++) {
        days->seen[hour->day] += hour->events[band];
        days->expected[hour->day] +=
            hour->exposure[band] * days->curve->hazard[hour->week_hour][band];
    }
}

void curve_spread(const struct sightings *sightings, struct curve *curve)
{
    struct days days = {.curve = curve};
    sightings_walk(sightings, add_to_day, &days);
    /* A count of mean m under a factor of variance v is off by a square of m + v m^2 on average. */
    double excess = SPREAD_WEIGHT * SPREAD_BEFORE, squares = SPREAD_WEIGHT;
    for (size_t day = 0; day < CURVE_SPAN; day++) {
        double off = days.seen[day] - days.expected[day];
        excess += off * off - days.expected[day];
        squares += days.expected[day] * days.expected[day];
    }
    curve->spread = fmax(excess / squares, SPREAD_LEAST);
}
