#include "domain/forecast.h"

#include <math.h>

#include "base/decimal.h"
#include "domain/mark.h"
#include "domain/measure.h"

#define US_PER_MINUTE (US_PER_HOUR / 60)

/* --- open orders --- */

void open_orders_add(const struct question *q, const struct order_view *view,
                     struct open_orders *open)
{
    if (!view->counts || view->early || !order_left_open(view, q->t) ||
        order_is_exempt(view, q->calendar))
        return;
    int32_t day = calendar_day(q->calendar, view->t0);
    int32_t first = calendar_day(q->calendar, q->t) - COHORTS_LISTED + 1;
    if (day < first)
        return;
    int64_t minute = (view->t0.us - calendar_start(q->calendar, day).us) / US_PER_MINUTE;
    open->minutes[day - first][minute < COHORT_MINUTES ? minute : COHORT_MINUTES - 1]++;
}

/* --- the orders of one hour of t0 on their way --- */

/* The chance to be still open, and the mean of its square: a day's hazard is the curve's times a
 * factor of that day, and the level of all is in doubt; both are gamma distributed around 1. */
struct survival {
    double mean;
    double square;
};

struct way {
    const struct question *q;
    const struct curve *curve;
    struct instant t0; /* start of the hour of t0 */
    struct instant at;
    int32_t day;
    struct instant day_start, day_end;
    double total;   /* hazard from t to `at`, */
    double today;   /* that of the day of `at`, */
    double scatter; /* and what the days before add to the square */
};

static void begin_day(struct way *way, int32_t day)
{
    way->day = day;
    way->day_start = calendar_start(way->q->calendar, day);
    way->day_end = calendar_end(way->q->calendar, day);
    way->today = 0;
}

/* How much the square of exp(-hazard x factor) exceeds the square of its mean, for a factor with
 * that variance. */
static double excess(double variance, double hazard)
{
    double mean = log1p(variance * hazard), square = log1p(2 * variance * hazard);
    return variance > 0 ? exp((2 * mean - square) / variance) : 1;
}

static struct survival survival_of(const struct way *way)
{
    double mean = exp(-way->total);
    double scatter = way->scatter * excess(way->curve->spread, way->today) *
                     excess(way->curve->doubt, way->total);
    return (struct survival){mean, mean * mean * scatter};
}

/* The hazard of an hour of the calendar, as curves are learnt by. */
static double hazard_at(const struct way *way, struct instant hour_start)
{
    struct instant middle = {hour_start.us + US_PER_HOUR / 2};
    return curve_hazard(way->curve, week_hour(way->q->calendar, middle),
                        (hour_start.us - way->t0.us) / US_PER_HOUR);
}

static void go_on(struct way *way, struct instant to)
{
    while (way->at.us < to.us) {
        if (way->at.us >= way->day_end.us) {
            way->scatter *= excess(way->curve->spread, way->today);
            begin_day(way, way->day + 1);
            continue;
        }
        int64_t hour = (way->at.us - way->day_start.us) / US_PER_HOUR;
        struct instant start = {way->day_start.us + hour * US_PER_HOUR};
        struct instant end = instant_min(instant_add_hours(start, 1), way->day_end);
        end = instant_min(end, to);
        double hazard = hazard_at(way, start) * (double)(end.us - way->at.us) / (double)US_PER_HOUR;
        way->today += hazard;
        way->total += hazard;
        way->at = end;
    }
}

static void set_out(struct way *way, struct instant hour_of_t0)
{
    way->t0 = hour_of_t0;
    way->at = way->q->t;
    way->total = 0;
    way->scatter = 1;
    begin_day(way, calendar_day(way->q->calendar, way->at));
}

/* --- a mark --- */

/* The least number of overdue orders that reaches the mark; eligible + 1 when none does. */
static int64_t least_overdue(const struct mark *mark, int64_t eligible)
{
    if (!mark_holds(mark, eligible, eligible))
        return eligible + 1;
    return eligible - collect_to_clear(mark, eligible, eligible) + 1;
}

/* Sums over open orders. */
struct expected {
    double orders;
    double mean;
    double excess; /* of the mean squares over the squared means: what they have in common */
};

static void expect(struct expected *expected, uint32_t orders, const struct survival *survival)
{
    expected->orders += orders;
    expected->mean += orders * survival->mean;
    expected->excess += orders * (survival->square - survival->mean * survival->mean);
}

/* mark_holds for a number that is expected. */
static bool is_expected(const struct mark *mark, double overdue, int64_t eligible)
{
    double have = overdue * MARK_WHOLE, limit = (double)eligible * (double)mark->over_percent;
    return mark->inclusive ? have >= limit : have > limit;
}

static struct chance chance_of(int64_t count, const struct expected *expected)
{
    struct chance chance = {.count = count};
    if (count == 0 || expected->orders <= 0)
        return chance;
    chance.share = expected->mean / expected->orders;
    double variance = expected->excess / expected->orders;
    double most = chance.share * (1 - chance.share);
    if (variance > 0 && most > 0)
        chance.correlation = fmin(variance / most, 0.99);
    return chance;
}

/* A strict mark is each order's own; a lenient one looks at what is left at the checkpoint. */
static struct instant mark_of(const struct question *q, const struct mark *mark,
                              const struct cohort *cohort, struct instant t0)
{
    return q->policy->backlog.lenient ? mark_checkpoint(q->calendar, cohort->day, mark->hours)
                                      : instant_add_hours(t0, mark->hours);
}

static void project(const struct question *q, const struct curve *curve, const struct mark *mark,
                    const struct cohort *cohort, const uint32_t minutes[static COHORT_MINUTES],
                    struct projection *projection)
{
    struct way way = {.q = q, .curve = curve};
    struct instant start = calendar_start(q->calendar, cohort->day);
    struct expected expected = {.orders = 0};
    for (int64_t minute = 0; minute < COHORT_MINUTES; minute++) {
        struct instant first = {start.us + minute * US_PER_MINUTE};
        if (minute % 60 == 0)
            set_out(&way, first);
        struct instant until =
            mark_of(q, mark, cohort, (struct instant){first.us + US_PER_MINUTE / 2});
        /* Of the minute that t - H cuts some are past their mark; `count` knows how many. */
        if (minutes[minute] == 0 || until.us + US_PER_MINUTE / 2 < q->t.us)
            continue;
        go_on(&way, until);
        struct survival survival = survival_of(&way);
        expect(&expected, minutes[minute], &survival);
        if (instant_is_never(projection->reached_at) &&
            is_expected(mark, (double)projection->sure + expected.mean, projection->eligible))
            projection->reached_at = instant_max(until, q->t);
    }
    projection->chance = chance_of(projection->chance.count, &expected);
}

struct projection forecast_mark(const struct question *q, const struct curve *curve, size_t index,
                                size_t listed, const struct cohort *cohort,
                                const struct open_orders *open)
{
    const struct mark *mark = &q->policy->backlog.marks[index];
    const struct cohort_mark *counts = &cohort->marks[index];
    bool lenient = q->policy->backlog.lenient;
    struct projection projection = {
        .eligible = counts->eligible,
        .sure = lenient ? 0 : counts->overdue,
        .chance = {.count = counts->at_risk + (lenient ? counts->still_open : 0)},
        .known = curve != NULL,
        .reached_at = INSTANT_NEVER,
    };
    if (mark_holds(mark, projection.sure, projection.eligible))
        projection.reached_at = q->t;
    if (curve != NULL && counts->eligible > 0)
        project(q, curve, mark, cohort, open->minutes[listed], &projection);
    return projection;
}

/* --- what is told of it --- */

static int64_t rounded(double share)
{
    return (int64_t)floor(share * FORECAST_WHOLE + 0.5);
}

/* The mean, but inside the interval: a few unlikely orders can lift it above the upper tenth, or
 * leave it below the lower one. Rounded as counts are. */
bool projected_ratio(const struct projection *p, int64_t *ret_ratio)
{
    if (p->eligible == 0 || (!p->known && p->chance.count > 0))
        return false;
    int64_t least = decimal_ratio(projected_low(p), p->eligible, 4);
    int64_t most = decimal_ratio(projected_high(p), p->eligible, 4);
    double overdue = (double)p->sure + (double)p->chance.count * p->chance.share;
    int64_t ratio = rounded(overdue / (double)p->eligible);
    *ret_ratio = ratio < least ? least : ratio > most ? most : ratio;
    return true;
}

int64_t projected_low(const struct projection *p)
{
    return p->known ? p->sure + chance_quantile(&p->chance, 0.1) : p->sure;
}

int64_t projected_high(const struct projection *p)
{
    return p->sure + (p->known ? chance_quantile(&p->chance, 0.9) : p->chance.count);
}

bool projected_probability(const struct projection *p, const struct mark *mark,
                           int64_t *ret_probability)
{
    int64_t least = least_overdue(mark, p->eligible) - p->sure;
    bool certain = mark_holds(mark, p->sure, p->eligible);
    bool possible = mark_holds(mark, p->sure + p->chance.count, p->eligible);
    if (possible && !certain && !p->known)
        return false;
    int64_t probability = rounded(chance_at_least(&p->chance, least));
    if (probability < 1)
        probability = 1;
    if (probability > FORECAST_WHOLE - 1)
        probability = FORECAST_WHOLE - 1;
    if (certain || !possible)
        probability = certain ? FORECAST_WHOLE : 0;
    *ret_probability = probability;
    return true;
}

/* --- everything --- */

static void look_out(const struct question *q, const struct cohort *listed,
                     const struct backlog *backlog, struct forecast *forecast)
{
    struct outlook *outlook = &forecast->outlook;
    *outlook = (struct outlook){.level = backlog->level, .advisory = backlog->advisory};
    bool any = false, assessed = false;
    for (size_t c = 0; c < COHORTS_LISTED; c++)
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++) {
            const struct mark *mark = &q->policy->backlog.marks[m];
            const struct projection *projection = &forecast->marks[c][m];
            /* Of a store of which nothing is known anything may come: only what is certain. */
            int64_t upper = projection->known ? projected_high(projection) : projection->sure;
            if (backlog->cohorts[c].marks[m].state != MARK_PENDING ||
                mark->restriction.kind[0] == '\0' ||
                !mark_holds(mark, upper, listed[c].marks[m].eligible))
                continue;
            outlook->causes[c][m] = true;
            any = true;
            assessed = assessed || backlog->cohorts[c].assessed;
        }
    if (any && outlook->level <= LEVEL_WATCH) {
        outlook->advisory = !assessed && (outlook->level == LEVEL_NONE || outlook->advisory);
        outlook->level = LEVEL_WATCH;
    }
}

void forecast_compute(const struct question *q, const struct curve *curve,
                      const struct cohort listed[static COHORTS_LISTED],
                      const struct open_orders *open, const struct backlog *backlog,
                      struct forecast *ret_forecast)
{
    *ret_forecast = (struct forecast){.known = curve != NULL};
    for (size_t c = 0; c < COHORTS_LISTED; c++)
        for (size_t m = 0; m < q->policy->backlog.mark_count; m++)
            if (backlog->cohorts[c].marks[m].state == MARK_PENDING)
                ret_forecast->marks[c][m] = forecast_mark(q, curve, m, c, &listed[c], open);
    look_out(q, listed, backlog, ret_forecast);
}
