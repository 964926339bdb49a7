#include "written.h"

#include <math.h>

#include "domain/curve.h"

/* January 1, 2024 was a Monday. Today is 29 January, a Monday, in a zone at +08:00. */
#define TODAY JANUARY(29)

static struct zone shanghai;
static struct sightings sightings, others;

static void begin(void)
{
    zone_fixed(&shanghai, 8 * 60);
    sightings_begin(&shanghai.calendar, TODAY, &sightings);
}

static struct order_view order(const char *t0, const char *collected, const char *cancelled)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = at(collected),
                               .cancelled = at(cancelled)};
}

static void tell(const char *t0, const char *collected, const char *cancelled)
{
    struct order_view view = order(t0, collected, cancelled);
    sightings_add(&sightings, &view);
}

/* --- hours of the week --- */

static void test_week_hour__holidays__are_sundays(void **state)
{
    (void)state;
    begin();
    const int32_t holidays[] = {JANUARY(3)};
    struct calendar calendar = shanghai.calendar;
    assert_int_equal(week_hour(&calendar, at("01T00:00")), 0);
    assert_int_equal(week_hour(&calendar, at("01T23:59")), 23);
    assert_int_equal(week_hour(&calendar, at("03T10:30")), 2 * 24 + 10);
    assert_int_equal(week_hour(&calendar, at("07T10:00")), 6 * 24 + 10);
    assert_int_equal(week_hour(&calendar, at("08T00:00")), 0);
    calendar.holiday_count = 1;
    calendar.holidays = holidays;
    assert_int_equal(week_hour(&calendar, at("03T10:30")), 6 * 24 + 10);
    assert_int_equal(week_hour(&calendar, at("04T10:30")), 3 * 24 + 10);
}

/* --- what is seen --- */

static void test_sightings__orders__are_looked_at_until_today_began(void **state)
{
    (void)state;
    begin();
    struct order_view uncounted = order("20T10:00", "21T10:00", NULL);
    uncounted.counts = false;
    sightings_add(&sightings, &uncounted);
    tell("20T10:00", "21T10:00", NULL);
    tell("20T10:00", NULL, "20T12:00");
    tell("20T10:00", "21T10:00", "21T10:00"); /* at a tie the cancellation precedes */
    tell("28T23:59", "29T00:00", NULL);       /* still open */
    tell("29T00:00", NULL, NULL);             /* of today */
    tell("10T10:00", "20T10:00", NULL);       /* after 240 hours: too old to learn from */
    assert_int_equal(sightings.orders, 5);
    assert_int_equal(sightings.collected, 1);

    struct seen_day days[CURVE_SPAN];
    assert_int_equal(sightings_days(&sightings, days), CURVE_SPAN);
    const struct seen_day *january = days + CURVE_SPAN - 29; /* [0] is 31 December */
    assert_int_equal(january[20].weekday, 5);
    assert_int_equal(january[20].placed, 3);
    assert_int_equal(january[20].taken, 1); /* the old one */
    assert_int_equal(january[20].left, 2);
    assert_int_equal(january[21].taken, 1);
    assert_int_equal(january[21].left, 0);
    assert_int_equal(january[28].left, 1);
}

static void test_sightings__young_calendar__span_begins_with_it(void **state)
{
    (void)state;
    begin();
    sightings_begin(&shanghai.calendar, shanghai.calendar.first_day + 10, &sightings);
    struct seen_day days[CURVE_SPAN];
    assert_int_equal(sightings_days(&sightings, days), 10);
    assert_true(sightings.window.us == sightings.from.us);
}

/* --- the curve --- */

static struct curve fitted(const struct sightings *seen)
{
    static struct curve_cells cells;
    struct curve curve;
    memset(&cells, 0, sizeof cells);
    curve_cells_add(seen, &cells);
    curve_fit(&cells, &curve);
    curve_spread(seen, &curve);
    return curve;
}

/* Ten orders at 08:00 of every day; the courier comes at 17:30 on working days and takes all. */
static void tell_of_a_courier(struct sightings *seen)
{
    for (int32_t day = TODAY - CURVE_DAYS; day < TODAY; day++) {
        int32_t until = day, weekday = (day + 3) % 7;
        if (weekday >= 5)
            until += 7 - weekday;
        struct order_view view = {.placed = true, .counts = true, .cancelled = INSTANT_NEVER};
        view.t0.us = calendar_start(&shanghai.calendar, day).us + 8 * US_PER_HOUR;
        view.collected.us =
            calendar_start(&shanghai.calendar, until).us + 17 * US_PER_HOUR + US_PER_HOUR / 2;
        for (int i = 0; i < 10; i++)
            sightings_add(seen, &view);
    }
}

static void test_curve__a_courier_at_17__is_learnt(void **state)
{
    (void)state;
    begin();
    tell_of_a_courier(&sightings);
    struct curve curve = fitted(&sightings);
    double day = 0, weekend = 0;
    for (size_t hour = 8; hour < 18; hour++) /* on Tuesday, of an order of 08:00 */
        day += curve_hazard(&curve, 24 + hour, (int64_t)hour - 8);
    for (size_t hour = 5 * 24; hour < 7 * 24; hour++)
        weekend += curve_hazard(&curve, hour, 9);
    assert_true(exp(-day) < 0.1);
    assert_true(curve_hazard(&curve, 24 + 17, 9) > 0.9 * day);
    assert_true(exp(-weekend) > 0.85);
}

static void test_curve__nothing_seen__collects_nothing(void **state)
{
    (void)state;
    begin();
    struct curve curve = fitted(&sightings);
    for (size_t hour = 0; hour < WEEK_HOURS; hour++)
        for (int64_t age = 0; age < 400; age += 50)
            assert_true(curve_hazard(&curve, hour, age) == 0);
    tell("20T10:00", NULL, NULL);
    curve = fitted(&sightings);
    assert_true(curve_hazard(&curve, 10, 0) == 0);
}

static void test_curve__order_of_telling__is_indifferent(void **state)
{
    (void)state;
    begin();
    static struct order_view views[500];
    uint32_t seed = 7;
    for (size_t i = 0; i < 500; i++) {
        seed = seed * 1664525 + 1013904223;
        views[i] = (struct order_view){.placed = true, .counts = true};
        views[i].t0.us = at("02T00:00").us + (int64_t)(seed % 2200000) * US_PER_SECOND;
        seed = seed * 1664525 + 1013904223;
        views[i].collected.us = views[i].t0.us + (int64_t)(seed % 400000) * US_PER_SECOND;
        views[i].cancelled = i % 17 == 0 ? views[i].collected : INSTANT_NEVER;
    }
    sightings_begin(&shanghai.calendar, TODAY, &others);
    for (size_t i = 0; i < 500; i++) {
        sightings_add(&sightings, &views[i]);
        sightings_add(&others, &views[i * 347 % 500]);
    }
    assert_memory_equal(&sightings, &others, sizeof sightings);
    struct curve one = fitted(&sightings), other = fitted(&others);
    assert_memory_equal(&one, &other, sizeof one);
    assert_true(one.spread > 0);
}

/* --- pooling --- */

static void with_events(struct curve_cells *cells, double events)
{
    memset(cells, 0, sizeof *cells);
    cells->events[3][0] = events / 2;
    cells->events[90][2] = events / 2;
    cells->exposure[3][0] = 10 * events;
    cells->exposure[5][1] = 10 * events;
}

/* A store without collections borrows fifty, one with 200 none, between them in proportion. */
static void test_curve_cells_pool__thin_store__borrows_what_it_lacks(void **state)
{
    (void)state;
    static struct curve_cells own, category;
    static const struct {
        double own, category;
        int64_t weight;
        double events;
    } cases[] = {
        {0, 1000, 0, 50},        {100, 1000, 8000, 125}, {200, 1000, 10000, 200},
        {500, 1000, 10000, 500}, {100, 0, 10000, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        with_events(&own, cases[i].own);
        with_events(&category, cases[i].category);
        print_message("case %zu\n", i);
        assert_int_equal(curve_cells_pool(&category, &own), cases[i].weight);
        assert_true(fabs(curve_cells_events(&own) - cases[i].events) < 1e-9);
    }
}

/* --- by hand --- */

static void assert_near(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-9))
        fail_msg("%.12f instead of %.12f", actual, expected);
}

static struct curve_cells seen_cells(void)
{
    struct curve_cells cells = {.events = {{0}}};
    curve_cells_add(&sightings, &cells);
    return cells;
}

/* 20 January is a Saturday. An order is open for half of its first hour, and for 240 hours at most;
 * one that is cancelled leaves in the middle of the hour. */
static void test_curve_cells_add__one_order__is_exposed_while_it_is_open(void **state)
{
    (void)state;
    static struct curve_cells cells;
    begin();
    tell("11T10:20", NULL, "21T12:10");
    cells = seen_cells();
    assert_near(cells.exposure[3 * 24 + 10][0], 0.5);
    assert_near(cells.exposure[3 * 24 + 11][0], 1);
    assert_near(cells.exposure[6 * 24 + 9][9], 1); /* 21 January, 239 hours later */
    assert_near(cells.exposure[6 * 24 + 10][9], 0);
    assert_near(curve_cells_events(&cells), 0);
    begin();
    tell("20T10:20", NULL, "20T12:10");
    cells = seen_cells();
    assert_near(cells.exposure[5 * 24 + 11][0], 1);
    assert_near(cells.exposure[5 * 24 + 12][0], 0.5);
    assert_near(cells.exposure[5 * 24 + 13][0], 0);
}

/* Collected at once: one of one, as a hazard with which -log(1 - 1 / 1.5) are. */
static void test_curve_cells_add__collected__counts_for_a_part_of_the_hour(void **state)
{
    (void)state;
    static struct curve_cells cells;
    begin();
    tell("20T10:20", "20T12:10", NULL);
    cells = seen_cells();
    assert_near(cells.events[5 * 24 + 12][0], 1);
    assert_near(cells.exposure[5 * 24 + 12][0], 1 / log(3));
    begin();
    tell("20T10:20", "20T10:40", NULL); /* in its first hour */
    cells = seen_cells();
    assert_near(cells.exposure[5 * 24 + 10][0], 1 / log(3));
}

/* What happened before the window is not learnt from, before the span not even seen; nor is what
 * was excused, though it was collected. */
static void test_sightings__lead_and_exempt_orders__are_not_learnt_from(void **state)
{
    (void)state;
    static const struct fact exemption;
    static struct curve_cells cells;
    struct order_view view = order("20T10:00", "21T10:00", NULL);
    begin();
    others = sightings;
    view.t0.us = sightings.from.us - 20 * US_PER_HOUR;
    view.collected.us = sightings.from.us - 10 * US_PER_HOUR;
    sightings_add(&sightings, &view);
    assert_memory_equal(&sightings, &others, sizeof others);

    view.t0.us = sightings.window.us - 20 * US_PER_HOUR;
    view.collected.us = sightings.window.us - 10 * US_PER_HOUR;
    sightings_add(&sightings, &view);
    assert_int_equal(sightings.orders, 0);
    assert_int_equal(sightings.collected, 0);
    cells = seen_cells();
    assert_near(curve_cells_events(&cells), 0);
    struct curve curve = {.hazard = {{0}}};
    curve_spread(&sightings, &curve);
    assert_near(curve.spread, 0.1);

    view = order("20T10:00", "21T10:00", NULL);
    view.exemption = &exemption;
    sightings_add(&sightings, &view);
    assert_int_equal(sightings.orders, 0);
    assert_int_equal(sightings.taken_on[JANUARY(21) - sightings.first_day], 1);
}

/* Before anything is seen a tenth, as of ten days with ten each; then by how far each day is off.
 */
static void test_curve_spread__one_day__is_weighed_against_ten(void **state)
{
    (void)state;
    begin();
    struct curve curve = {.hazard = {{0}}};
    curve_spread(&sightings, &curve);
    assert_near(curve.spread, 0.1);
    tell("20T10:20", "20T10:40", NULL);
    curve.hazard[5 * 24 + 10][0] = 2;
    curve_spread(&sightings, &curve);
    double m = 2 / log(3);
    assert_near(curve.spread, (100 + (1 - m) * (1 - m) - m) / (1000 + m * m));
}

static void test_curve_fit__saturday_hour_and_age__are_told_apart(void **state)
{
    (void)state;
    static struct curve_cells cells;
    static struct curve curve;
    memset(&cells, 0, sizeof cells);
    cells.events[5 * 24 + 10][0] = 49;
    cells.exposure[5 * 24 + 10][0] = cells.exposure[6 * 24 + 10][0] = 100;
    cells.events[11][1] = 50;
    cells.exposure[10][0] = cells.exposure[10][1] = cells.exposure[11][0] = cells.exposure[11][1] =
        100;
    curve_fit(&cells, &curve);
    assert_near(curve.doubt, 0.01); /* 99 collections, and one */
    assert_true(curve.hazard[5 * 24 + 10][0] > 10 * curve.hazard[6 * 24 + 10][0]);
    assert_true(curve.hazard[11][1] > 5 * curve.hazard[10][1]);
    assert_true(curve.hazard[11][1] > 5 * curve.hazard[11][0]);
    /* Of one weekday: an hour matters for one age, another one for the other. */
    memset(&cells, 0, sizeof cells);
    cells.events[10][0] = cells.events[11][1] = 50;
    cells.exposure[10][0] = cells.exposure[10][1] = cells.exposure[11][0] = cells.exposure[11][1] =
        100;
    curve_fit(&cells, &curve);
    assert_true(curve.hazard[10][0] > 5 * curve.hazard[10][1]);
    assert_true(curve.hazard[11][1] > 5 * curve.hazard[11][0]);
}

/* 100 collections borrow 25 of 1000: a fortieth of the exposure as well. */
static void test_curve_cells_pool__exposure__is_borrowed_alike(void **state)
{
    (void)state;
    static struct curve_cells own, category;
    with_events(&own, 100);
    with_events(&category, 1000);
    (void)curve_cells_pool(&category, &own);
    assert_near(own.events[3][0], 50 + 500 / 40.0);
    assert_near(own.exposure[3][0], 1000 + 10000 / 40.0);
    with_events(&own, 4); /* borrows 49: 4 of 53 are 0.07547 */
    assert_int_equal(curve_cells_pool(&category, &own), 755);
}

/* Lord Howe's clock is shifted by half an hour: the span has half of its last hour, whose middle
 * would be the first instant of today. */
static void test_sightings__half_an_hour_shifted__last_hour_is_of_yesterday(void **state)
{
    (void)state;
    static struct zone lord_howe;
    static struct curve_cells cells;
    zone_fixed(&lord_howe, 10 * 60 + 30);
    zone_shift(&lord_howe, JANUARY(10), US_PER_HOUR / 2);
    sightings_begin(&lord_howe.calendar, TODAY, &sightings);
    assert_int_equal(sightings.day_count, CURVE_SPAN);
    assert_int_equal(sightings.hour_count, CURVE_SPAN * 24);
    struct order_view view = {.placed = true, .counts = true, .cancelled = INSTANT_NEVER};
    view.t0.us = sightings.until.us - US_PER_HOUR / 3;
    view.collected.us = sightings.until.us - 1;
    sightings_add(&sightings, &view);
    struct seen_day days[CURVE_SPAN];
    assert_int_equal(sightings_days(&sightings, days), CURVE_SPAN);
    assert_int_equal(days[CURVE_SPAN - 1].placed, 1);
    assert_int_equal(days[CURVE_SPAN - 1].taken, 1);
    assert_int_equal(days[CURVE_SPAN - 1].left, 0);
    cells = seen_cells();
    assert_near(cells.events[6 * 24 + 23][0], 1);
    struct curve curve = {.hazard = {{0}}};
    curve_spread(&sightings, &curve);
    assert_near(curve.spread, 101 / 1000.0); /* one that nobody expected */
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_week_hour__holidays__are_sundays),
        unit(test_sightings__orders__are_looked_at_until_today_began),
        unit(test_sightings__young_calendar__span_begins_with_it),
        unit(test_curve__a_courier_at_17__is_learnt),
        unit(test_curve__nothing_seen__collects_nothing),
        unit(test_curve__order_of_telling__is_indifferent),
        unit(test_curve_cells_pool__thin_store__borrows_what_it_lacks),
        unit(test_curve_cells_add__one_order__is_exposed_while_it_is_open),
        unit(test_curve_cells_add__collected__counts_for_a_part_of_the_hour),
        unit(test_sightings__lead_and_exempt_orders__are_not_learnt_from),
        unit(test_curve_spread__one_day__is_weighed_against_ten),
        unit(test_curve_fit__saturday_hour_and_age__are_told_apart),
        unit(test_curve_cells_pool__exposure__is_borrowed_alike),
        unit(test_sightings__half_an_hour_shifted__last_hour_is_of_yesterday),
    };
    return cmocka_run_group_tests_name("domain/curve", tests, NULL, NULL);
}
