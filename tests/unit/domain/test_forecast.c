#include "written.h"

#include <math.h>

#include "domain/forecast.h"
#include "domain/mark.h"
#include "domain/replay.h"

/* Warned above 15 % at 48 h; mild from 10 % at 72 h, severe from 10 % at 120 h, which restrict. */
static const struct backlog_policy contract_marks = {
    .min_orders = 3,
    .watch_hours = 24,
    .mark_count = 3,
    .marks = {{.hours = 48, .level = LEVEL_WARNING, .over_percent = 15000},
              {.hours = 72,
               .level = LEVEL_MILD,
               .over_percent = 10000,
               .inclusive = true,
               .restriction = {"search_demotion", true, 75, 72}},
              {.hours = 120,
               .level = LEVEL_SEVERE,
               .over_percent = 10000,
               .inclusive = true,
               .restriction = {"off_sale", false, 0, 24}}},
};

struct scene {
    struct zone zone;
    struct policy policy;
    struct question q;
    struct cohort cohorts[COHORTS_LISTED];
    struct backlog_reading reading;
    struct open_orders open;
    struct curve curve;
    struct backlog backlog;
    struct forecast forecast;
};
static struct scene s;

static void begin(const char *t)
{
    memset(&s, 0, sizeof s);
    zone_fixed(&s.zone, 8 * 60);
    s.policy.backlog = contract_marks;
    s.q = (struct question){&s.policy, &s.zone.calendar, at(t), BASIS_LIVE};
    replay_backlog_begin(&s.q, s.cohorts, COHORTS_LISTED, &s.reading);
}

static void hazard_everywhere(double hazard)
{
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++)
            s.curve.hazard[hour][band] = hazard;
}

static void add(struct instant t0, struct instant collected, struct instant cancelled)
{
    struct order_view view = {
        .placed = true, .counts = true, .t0 = t0, .collected = collected, .cancelled = cancelled};
    replay_backlog_add(&s.q, &view, &s.reading);
    open_orders_add(&s.q, &view, &s.open);
}

static void add_open(const char *t0, int count)
{
    for (int i = 0; i < count; i++)
        add(at(t0), INSTANT_NEVER, INSTANT_NEVER);
}

static void add_collected(const char *t0, int count)
{
    for (int i = 0; i < count; i++)
        add(at(t0), at(t0), INSTANT_NEVER);
}

static void look_ahead(bool known)
{
    static const struct feeds feeds;
    assert_true(backlog_assess(&s.q, &s.reading, &feeds, true, &s.backlog));
    forecast_compute(&s.q, known ? &s.curve : NULL, s.cohorts, &s.open, &s.backlog, &s.forecast);
}

static const struct projection *projection(int32_t day, size_t mark)
{
    return &s.forecast.marks[day - s.cohorts[0].day][mark];
}

static int64_t ratio(const struct projection *p)
{
    int64_t ratio = -1;
    assert_true(projected_ratio(p, &ratio));
    return ratio;
}

static int64_t probability(const struct projection *p, size_t mark)
{
    int64_t probability = -1;
    assert_true(projected_probability(p, &s.policy.backlog.marks[mark], &probability));
    return probability;
}

/* --- by hand --- */

/* 9.75 hours are left until the 72 h mark of the orders of 10:15 (the middle of whose minute is
 * 30 seconds later), with a hazard at which half are left after ten hours: exp(-ln 2 x 0.97583) =
 * 0.50845. Eight such orders of ten. */
static void test_forecast__constant_hazard__is_exponential(void **state)
{
    (void)state;
    begin("04T00:30");
    hazard_everywhere(log(2) / 10);
    add_open("01T10:15", 8);
    add_collected("01T10:15", 2);
    look_ahead(true);
    const struct projection *p = projection(JANUARY(1), 1);
    double share = exp(-log(2) / 10 * (9.75 + 30 / 3600.0));
    assert_true(fabs(p->chance.share - share) < 1e-12);
    assert_int_equal(p->chance.count, 8);
    assert_true(p->chance.correlation == 0);
    assert_int_equal(ratio(p), (int64_t)floor(8000 * share + 0.5));
    /* Mild from one of ten: not if all eight are collected, 1 - (1 - share)^8. */
    assert_int_equal(probability(p, 1), (int64_t)floor(10000 * (1 - pow(1 - share, 8)) + 0.5));
    /* 48 h were over at 10:15 on the third. */
    assert_int_equal(s.backlog.cohorts[JANUARY(1) - s.cohorts[0].day].marks[0].state, MARK_WARNED);
}

/* From 00:30 to 12:15:30 of Thursday: half of the hour of 00:00 and a quarter of that of 12:00 and
 * half a minute. An order of 1 January, 12:15, is then 60 and 72 hours old, by hours of the clock.
 */
static void test_forecast__hours_and_ages__are_those_of_the_clock(void **state)
{
    (void)state;
    begin("04T00:30");
    s.curve.hazard[3 * 24][6] = 0.4;       /* 48 to 72 hours */
    s.curve.hazard[3 * 24 + 11][6] = 0.1;  /* the last hour of that age */
    s.curve.hazard[3 * 24 + 12][6] = 7;    /* not of that age any more */
    s.curve.hazard[3 * 24 + 12][7] = 0.24; /* 72 to 96 hours */
    s.curve.hazard[3 * 24 + 13][7] = 7;    /* behind the mark */
    add_open("01T12:15", 4);
    look_ahead(true);
    double hazard = 0.4 / 2 + 0.1 + 0.24 * (15.5 / 60);
    assert_true(fabs(projection(JANUARY(1), 1)->chance.share - exp(-hazard)) < 1e-12);
}

/* Nobody collects on 4 January: it is a holiday, and Sundays have no hazard. */
static void test_forecast__holiday__collects_as_a_sunday(void **state)
{
    (void)state;
    static const int32_t holidays[] = {JANUARY(4)};
    for (int holiday = 0; holiday < 2; holiday++) {
        begin("04T00:00");
        s.zone.calendar.holiday_count = (size_t)holiday;
        s.zone.calendar.holidays = holidays;
        hazard_everywhere(0.5);
        for (size_t hour = 6 * 24; hour < WEEK_HOURS; hour++)
            for (size_t band = 0; band < AGE_BANDS; band++)
                s.curve.hazard[hour][band] = 0;
        add_open("01T12:00", 10);
        look_ahead(true);
        assert_true((projection(JANUARY(1), 1)->chance.share == 1) == (holiday == 1));
    }
}

/* Four orders are overdue of forty; those that are open are many, and will not be collected: the
 * percentage is reached with the fourth of 10 %, and expected from the first mark that passes. */
static void test_forecast__likely_at__is_when_the_expected_number_passes(void **state)
{
    (void)state;
    begin("04T00:00");
    hazard_everywhere(0);
    add_collected("01T10:00", 36);
    add_open("01T10:00", 3);
    add_open("01T12:30", 1);
    look_ahead(true);
    struct instant expected = at("04T12:30");
    expected.us += 30 * US_PER_SECOND; /* the middle of the minute */
    assert_instant(projection(JANUARY(1), 1)->reached_at, expected);
    hazard_everywhere(1);
    look_ahead(true);
    assert_true(instant_is_never(projection(JANUARY(1), 1)->reached_at));
}

/* By the lenient reading an order that is overdue may be collected until the checkpoint, 5 January
 * 00:00: 12 hours are left. */
static void test_forecast__lenient__looks_at_the_checkpoint(void **state)
{
    (void)state;
    begin("04T12:00");
    s.policy.backlog.lenient = true;
    hazard_everywhere(0.1);
    add_open("01T10:00", 5);
    add_open("01T20:00", 5);
    look_ahead(true);
    const struct projection *p = projection(JANUARY(1), 1);
    assert_int_equal(p->sure, 0);
    assert_int_equal(p->chance.count, 10);
    assert_true(fabs(p->chance.share - exp(-1.2)) < 1e-12);
}

/* Days that differ make orders of one cohort alike. For a factor of variance v the share x of
 * exp(-h) has E[x^2] / E[x]^2 = ((1 + vh)^2 / (1 + 2vh))^(1/v). */
static void test_forecast__spread__correlates(void **state)
{
    (void)state;
    begin("04T00:00");
    hazard_everywhere(0.1);
    s.curve.spread = 0.5;
    add_open("01T10:00", 20);
    look_ahead(true);
    const struct projection *p = projection(JANUARY(1), 1);
    double h = 0.1 * (10 + 30 / 3600.0), m = exp(-h);
    double square = m * m * pow((1 + 0.5 * h) * (1 + 0.5 * h) / (1 + h), 2);
    assert_true(fabs(p->chance.share - m) < 1e-12);
    assert_true(fabs(p->chance.correlation - (square - m * m) / (m * (1 - m))) < 1e-9);
    int64_t wide = projected_high(p) - projected_low(p);
    s.curve.spread = 0;
    look_ahead(true);
    assert_true(wide > projected_high(projection(JANUARY(1), 1)) -
                           projected_low(projection(JANUARY(1), 1)));
}

/* --- what is certain --- */

static void test_forecast__safe_and_inevitable__are_exact(void **state)
{
    (void)state;
    begin("04T12:00");
    hazard_everywhere(0.001);
    add_collected("01T20:00", 89);
    add_open("01T10:00", 10); /* overdue: 10 of 100 are mild */
    add_open("01T20:00", 1);
    add_collected("02T20:00", 95);
    add_open("02T20:00", 5); /* at most 5 % */
    look_ahead(true);
    assert_int_equal(probability(projection(JANUARY(1), 1), 1), 10000);
    assert_int_equal(probability(projection(JANUARY(2), 1), 1), 0);
    /* What is neither says so, however near it is. */
    begin("04T12:00");
    hazard_everywhere(10);
    add_collected("01T20:00", 90);
    add_open("01T20:00", 10);
    look_ahead(true);
    assert_int_equal(probability(projection(JANUARY(1), 1), 1), 1);
    hazard_everywhere(0);
    look_ahead(true);
    assert_int_equal(probability(projection(JANUARY(1), 1), 1), 9999);
}

static void test_forecast__no_curve__knows_the_bounds(void **state)
{
    (void)state;
    begin("04T12:00");
    add_collected("01T20:00", 88);
    add_open("01T10:00", 2);
    add_open("01T20:00", 10);
    look_ahead(false);
    const struct projection *p = projection(JANUARY(1), 1);
    int64_t none;
    assert_false(s.forecast.known);
    assert_false(projected_ratio(p, &none));
    assert_false(projected_probability(p, &s.policy.backlog.marks[1], &none));
    assert_int_equal(projected_low(p), 2);
    assert_int_equal(projected_high(p), 12);
    assert_int_equal(s.forecast.outlook.level, s.backlog.level);
}

/* --- the outlook --- */

static void test_forecast__upper_bound_reaches__is_watch(void **state)
{
    (void)state;
    static const struct {
        double hazard;
        int collected;
        enum backlog_level level;
        bool advisory;
    } cases[] = {
        {0.001, 16, LEVEL_WATCH, false}, /* 4 of 20 open, hardly one is collected */
        {10, 16, LEVEL_NONE, false},     /* all are */
        {0.001, 0, LEVEL_WATCH, true},   /* the same of a cohort that is not assessed */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        begin("02T12:00"); /* the 72 h checkpoint is further away than watch_hours */
        hazard_everywhere(cases[i].hazard);
        add_collected("01T20:00", cases[i].collected);
        add_open("01T20:00", cases[i].collected == 0 ? 3 : 4);
        look_ahead(true);
        assert_int_equal(s.backlog.level, LEVEL_NONE);
        assert_int_equal(s.forecast.outlook.level, cases[i].level);
        assert_int_equal(s.forecast.outlook.advisory, cases[i].advisory);
        assert_int_equal(s.forecast.outlook.causes[JANUARY(1) - s.cohorts[0].day][1],
                         cases[i].level == LEVEL_WATCH);
        /* The mark of 48 h restricts nothing. */
        assert_false(s.forecast.outlook.causes[JANUARY(1) - s.cohorts[0].day][0]);
    }
}

/* --- what is known at its edges --- */

/* Eight coins of 0.50845: at most two with 0.133, five with 0.845, six with 0.960. */
static void test_forecast__interval__holds_eighty_percent(void **state)
{
    (void)state;
    begin("04T00:30");
    hazard_everywhere(log(2) / 10);
    add_open("01T10:15", 8);
    look_ahead(true);
    assert_int_equal(projected_low(projection(JANUARY(1), 1)), 2);
    assert_int_equal(projected_high(projection(JANUARY(1), 1)), 6);
}

/* Two days, 12 and 10 hours of them: each has a factor of its own. */
static void test_forecast__spread__is_each_days_own(void **state)
{
    (void)state;
    begin("03T12:00");
    hazard_everywhere(0.1);
    s.curve.spread = 0.5;
    add_open("01T10:00", 20);
    look_ahead(true);
    const struct projection *p = projection(JANUARY(1), 1);
    double h[] = {0.1 * 12, 0.1 * (10 + 30 / 3600.0)}, m = exp(-h[0] - h[1]), square = m * m;
    for (int i = 0; i < 2; i++)
        square *= pow((1 + 0.5 * h[i]) * (1 + 0.5 * h[i]) / (1 + h[i]), 2);
    assert_true(fabs(p->chance.correlation - (square - m * m) / (m * (1 - m))) < 1e-9);
}

/* Of the minute that t - 72 h cuts an order is still on its way: nothing is left for it to be
 * collected in. */
static void test_forecast__minute_that_is_cut__stays_open(void **state)
{
    (void)state;
    begin("04T10:15:45");
    hazard_everywhere(1);
    add_open("01T10:15:50", 1);
    look_ahead(true);
    assert_int_equal(projection(JANUARY(1), 1)->chance.count, 1);
    assert_true(projection(JANUARY(1), 1)->chance.share == 1);
}

static void test_open_orders_add__only_what_is_open_and_listed(void **state)
{
    (void)state;
    static const struct open_orders none;
    static const struct fact exemption;
    begin("07T12:00"); /* 1 to 7 January are listed */
    struct order_view view = {.placed = true,
                              .counts = true,
                              .t0 = at("01T00:00"),
                              .collected = INSTANT_NEVER,
                              .cancelled = INSTANT_NEVER};
    open_orders_add(&s.q, &view, &s.open);
    assert_int_equal(s.open.minutes[0][0], 1);
    s.open = none;
    view.t0 = at("07T13:00");
    view.early = true; /* its clock begins in an hour */
    open_orders_add(&s.q, &view, &s.open);
    view.t0 = at("02T00:00");
    view.early = false;
    view.exemption = &exemption;
    open_orders_add(&s.q, &view, &s.open);
    assert_memory_equal(&s.open, &none, sizeof none);
    /* Of a day of 49 hours the last minute takes the rest. */
    view.exemption = NULL;
    zone_shift(&s.zone, JANUARY(7), -25 * US_PER_HOUR);
    s.q.t = at("09T00:00");
    view.t0 = at("08T23:59");
    open_orders_add(&s.q, &view, &s.open);
    view.t0 = at("09T00:00");
    open_orders_add(&s.q, &view, &s.open);
    assert_int_equal(s.open.minutes[COHORTS_LISTED - 1][COHORT_MINUTES - 1], 2);
}

/* Over 100 % is never; what is reached already is reached now. */
static void test_forecast__likely_at__never_and_now(void **state)
{
    (void)state;
    begin("04T12:00");
    s.policy.backlog.marks[1].over_percent = 100000;
    s.policy.backlog.marks[1].inclusive = false;
    hazard_everywhere(0);
    add_open("01T20:00", 10);
    look_ahead(true);
    assert_true(instant_is_never(projection(JANUARY(1), 1)->reached_at));
    begin("04T12:00");
    add_open("01T10:00", 10);
    add_open("01T20:00", 1);
    look_ahead(true);
    assert_instant(projection(JANUARY(1), 1)->reached_at, at("04T12:00"));
}

/* The minute of the mark has begun: its middle is over, the mark is five seconds ahead. */
static void test_forecast__likely_at__is_not_before_now(void **state)
{
    (void)state;
    begin("04T12:30");
    s.q.t.us += 50 * US_PER_SECOND;
    hazard_everywhere(0);
    struct instant t0 = at("01T12:30");
    t0.us += 55 * US_PER_SECOND;
    add(t0, INSTANT_NEVER, INSTANT_NEVER);
    look_ahead(true);
    assert_instant(projection(JANUARY(1), 1)->reached_at, s.q.t);
}

/* Without a curve what is certain is known, and causes nothing. */
static void test_forecast__no_curve__knows_what_is_certain(void **state)
{
    (void)state;
    begin("04T12:00");
    add_collected("01T20:00", 90);
    add_open("01T10:00", 10);
    look_ahead(false);
    assert_int_equal(ratio(projection(JANUARY(1), 1)), 1000);
    assert_int_equal(probability(projection(JANUARY(1), 1), 1), 10000);
    begin("04T12:00");
    add_collected("01T20:00", 88);
    add_open("01T10:00", 10);
    add_open("01T20:00", 2); /* whatever becomes of these */
    look_ahead(false);
    assert_int_equal(probability(projection(JANUARY(1), 1), 1), 10000);
    begin("02T12:00");
    add_collected("01T20:00", 16);
    add_open("01T20:00", 4);
    look_ahead(false);
    assert_int_equal(s.forecast.outlook.level, LEVEL_NONE);
}

/* Four coins of 0.3: none with 0.240, at most one with 0.652, two with 0.916; two of twenty are a
 * tenth. */
static void test_forecast__outlook__is_by_the_upper_bound(void **state)
{
    (void)state;
    begin("02T12:00");
    hazard_everywhere(-log(0.3) / (56 + 30 / 3600.0));
    add_collected("01T20:00", 16);
    add_open("01T20:00", 4);
    look_ahead(true);
    assert_int_equal(projected_low(projection(JANUARY(1), 1)), 0);
    assert_int_equal(projected_high(projection(JANUARY(1), 1)), 2);
    assert_int_equal(s.forecast.outlook.level, LEVEL_WATCH);
}

/* At watch already: the first day's checkpoint, 5 January, is within 24 hours, the second's is not.
 * It is advisory as long as no assessed cohort is a cause, and once it is not it stays so. */
static void test_forecast__outlook_of_watch__is_advisory_without_an_assessed_cause(void **state)
{
    (void)state;
    begin("04T12:00");
    hazard_everywhere(0.001);
    add_open("01T20:00", 3);
    look_ahead(true);
    assert_int_equal(s.backlog.level, LEVEL_WATCH);
    assert_true(s.backlog.advisory && s.forecast.outlook.advisory);
    add_collected("02T20:00", 16);
    add_open("02T20:00", 4);
    look_ahead(true);
    assert_true(s.backlog.advisory);
    assert_int_equal(s.forecast.outlook.level, LEVEL_WATCH);
    assert_false(s.forecast.outlook.advisory);

    begin("04T12:00");
    for (size_t hour = 12; hour < 20; hour++) /* on Thursday the older ones are collected */
        s.curve.hazard[3 * 24 + hour][6] = 10;
    add_collected("01T20:00", 17);
    add_open("01T20:00", 3);
    add_open("02T20:00", 3);
    look_ahead(true);
    assert_int_equal(s.backlog.level, LEVEL_WATCH);
    assert_false(s.backlog.advisory);
    assert_false(s.forecast.outlook.causes[JANUARY(1) - s.cohorts[0].day][1]);
    assert_true(s.forecast.outlook.causes[JANUARY(2) - s.cohorts[0].day][1]);
    assert_false(s.forecast.outlook.advisory);
}

/* 50 orders are lost, of 50 others few: that they differ is no reason for them to go together. The
 * mean is 50 + 50 exp(-3.2). */
static void test_forecast__orders_that_differ__are_not_correlated(void **state)
{
    (void)state;
    begin("04T00:30");
    for (size_t hour = 12; hour < 20; hour++)
        for (size_t band = 0; band < AGE_BANDS; band++)
            s.curve.hazard[3 * 24 + hour][band] = 0.4;
    add_open("01T01:00", 50);
    add_open("01T22:00", 50);
    add_collected("01T22:00", 100);
    look_ahead(true);
    const struct projection *p = projection(JANUARY(1), 1);
    assert_true(fabs(p->chance.share - (0.5 + 0.5 * exp(-3.2))) < 1e-12);
    assert_true(p->chance.correlation < 1e-12);
    assert_in_range(projected_low(p), 45, 50);
    assert_in_range(projected_high(p), 54, 60);
}

/* --- properties --- */

static uint32_t seed = 3;

static uint32_t roll(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

struct life {
    struct instant t0, collected, cancelled;
};

static void assert_sound(const struct projection *p, const struct cohort_mark *counts, size_t m)
{
    const struct mark *mark = &s.policy.backlog.marks[m];
    int64_t worst = counts->overdue + counts->at_risk, expected = ratio(p);
    assert_in_range(projected_low(p), counts->overdue, projected_high(p));
    assert_in_range(projected_high(p), counts->overdue, worst);
    assert_in_range(expected,
                    (projected_low(p) * 20000 + counts->eligible) / (2 * counts->eligible),
                    (projected_high(p) * 20000 + counts->eligible) / (2 * counts->eligible));
    assert_in_range(expected, (counts->overdue * 20000 + counts->eligible) / (2 * counts->eligible),
                    (worst * 20000 + counts->eligible) / (2 * counts->eligible));
    int64_t reached = probability(p, m);
    assert_int_equal(reached == 10000, mark_holds(mark, counts->overdue, counts->eligible));
    assert_int_equal(reached == 0, !mark_holds(mark, worst, counts->eligible));
}

static void assert_no_higher(const struct projection *p, const struct projection *before, size_t m)
{
    assert_true(ratio(p) <= ratio(before));
    assert_true(projected_high(p) <= projected_high(before));
    assert_true(projected_low(p) <= projected_low(before));
    assert_true(probability(p, m) <= probability(before, m));
}

static void look_at(const struct life *lives, size_t count)
{
    memset(&s.open, 0, sizeof s.open);
    replay_backlog_begin(&s.q, s.cohorts, COHORTS_LISTED, &s.reading);
    for (size_t i = 0; i < count; i++)
        add(lives[i].t0, lives[i].collected, lives[i].cancelled);
    look_ahead(true);
}

/* Random orders of a week: every projection is sound; told in another order they give the same; and
 * one more that is collected now raises nothing. */
static void test_forecast__random_orders__properties_hold(void **state)
{
    (void)state;
    static struct life lives[120], shuffled[120];
    static struct forecast before;
    for (int round = 0; round < 200; round++) {
        print_message("round %d\n", round);
        begin("07T09:20:15");
        s.curve.spread = roll(3) * 0.1;
        s.curve.doubt = roll(2) * 0.05;
        for (size_t hour = 0; hour < WEEK_HOURS; hour++)
            for (size_t band = 0; band < AGE_BANDS; band++)
                s.curve.hazard[hour][band] = roll(100) * 0.0005 * roll(5);
        for (size_t i = 0; i < 120; i++) {
            struct life life = {at("01T00:00"), INSTANT_NEVER, INSTANT_NEVER};
            life.t0.us += (int64_t)roll(552000) * US_PER_SECOND; /* to 07T09:20 */
            if (roll(3) > 0)
                life.collected.us =
                    life.t0.us + (s.q.t.us - life.t0.us) / 1000 * (int64_t)roll(1000);
            else if (roll(8) == 0)
                life.cancelled.us =
                    life.t0.us + (s.q.t.us - life.t0.us) / 1000 * (int64_t)roll(1000);
            lives[i] = life;
            shuffled[i * 77 % 120] = life;
        }
        look_at(lives, 120);
        for (size_t c = 0; c < COHORTS_LISTED; c++)
            for (size_t m = 0; m < 3; m++)
                if (s.backlog.cohorts[c].marks[m].state == MARK_PENDING &&
                    s.cohorts[c].marks[m].eligible > 0)
                    assert_sound(&s.forecast.marks[c][m], &s.cohorts[c].marks[m], m);
        before = s.forecast;
        look_at(shuffled, 120);
        assert_memory_equal(&before, &s.forecast, sizeof before);
        size_t i = roll(120);
        if (!instant_is_never(lives[i].collected) || !instant_is_never(lives[i].cancelled))
            continue;
        lives[i].collected = s.q.t;
        look_at(lives, 120);
        size_t c = (size_t)(calendar_day(s.q.calendar, lives[i].t0) - s.cohorts[0].day);
        for (size_t m = 0; m < 3; m++)
            if (s.backlog.cohorts[c].marks[m].state == MARK_PENDING)
                assert_no_higher(&s.forecast.marks[c][m], &before.marks[c][m], m);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_forecast__constant_hazard__is_exponential),
        unit(test_forecast__hours_and_ages__are_those_of_the_clock),
        unit(test_forecast__holiday__collects_as_a_sunday),
        unit(test_forecast__likely_at__is_when_the_expected_number_passes),
        unit(test_forecast__lenient__looks_at_the_checkpoint),
        unit(test_forecast__spread__correlates),
        unit(test_forecast__safe_and_inevitable__are_exact),
        unit(test_forecast__no_curve__knows_the_bounds),
        unit(test_forecast__upper_bound_reaches__is_watch),
        unit(test_forecast__random_orders__properties_hold),
        unit(test_forecast__interval__holds_eighty_percent),
        unit(test_forecast__spread__is_each_days_own),
        unit(test_forecast__minute_that_is_cut__stays_open),
        unit(test_open_orders_add__only_what_is_open_and_listed),
        unit(test_forecast__likely_at__never_and_now),
        unit(test_forecast__likely_at__is_not_before_now),
        unit(test_forecast__no_curve__knows_what_is_certain),
        unit(test_forecast__outlook__is_by_the_upper_bound),
        unit(test_forecast__outlook_of_watch__is_advisory_without_an_assessed_cause),
        unit(test_forecast__orders_that_differ__are_not_correlated),
    };
    return cmocka_run_group_tests_name("domain/forecast", tests, NULL, NULL);
}
