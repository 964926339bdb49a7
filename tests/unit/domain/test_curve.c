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
    };
    return cmocka_run_group_tests_name("domain/curve", tests, NULL, NULL);
}
