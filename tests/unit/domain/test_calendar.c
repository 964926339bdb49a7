#include "written.h"

static const int64_t hour = US_PER_HOUR;

static void test_calendar_day__at_a_boundary__is_half_open(void **state)
{
    (void)state;
    struct zone zone;
    zone_fixed(&zone, 8 * 60);
    assert_int_equal(calendar_day(&zone.calendar, at("02T00:00")), JANUARY(2));
    assert_int_equal(calendar_day(&zone.calendar, shifted(at("02T00:00"), -1)), JANUARY(1));
    assert_int_equal(calendar_day(&zone.calendar, at("02T23:59:59.999999")), JANUARY(2));
    assert_int_equal(calendar_day(&zone.calendar, at("03T00:00")), JANUARY(3));
}

static void test_calendar_day__zones__give_one_instant_different_days(void **state)
{
    (void)state;
    struct zone shanghai, kolkata, utc;
    zone_fixed(&shanghai, 8 * 60);
    zone_fixed(&kolkata, 5 * 60 + 30);
    zone_fixed(&utc, 0);
    struct instant t = at("02T00:00"); /* 2024-01-01T16:00:00Z */
    assert_int_equal(calendar_day(&shanghai.calendar, t), JANUARY(2));
    assert_int_equal(calendar_day(&kolkata.calendar, t), JANUARY(1));
    assert_int_equal(calendar_day(&utc.calendar, t), JANUARY(1));
    assert_int_equal(calendar_day(&kolkata.calendar, at("02T02:29:59.999999")), JANUARY(1));
    assert_int_equal(calendar_day(&kolkata.calendar, at("02T02:30")), JANUARY(2));
}

static void test_calendar_day__ends_of_the_table__are_answered(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, 24 * US_PER_HOUR, 48 * US_PER_HOUR};
    const struct calendar calendar = {100, 3, starts};
    assert_int_equal(calendar_day(&calendar, (struct instant){0}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour - 1}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour}), 101);
    assert_int_equal(calendar_day(&calendar, (struct instant){48 * hour - 1}), 101);
    assert_instant(calendar_start(&calendar, 100), (struct instant){0});
    assert_instant(calendar_end(&calendar, 101), (struct instant){48 * hour});
}

/* A zone that crossed the date line skipped a day: it begins and ends at the same instant. */
static void test_calendar_day__skipped_day__holds_no_instant(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, 24 * US_PER_HOUR, 24 * US_PER_HOUR, 48 * US_PER_HOUR};
    const struct calendar calendar = {100, 4, starts};
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour - 1}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour}), 102);
    assert_instant(calendar_start(&calendar, 101), calendar_end(&calendar, 101));
}

static void test_calendar_start__clock_changes__days_have_23_and_25_hours(void **state)
{
    (void)state;
    struct zone zone;
    zone_fixed(&zone, 60);
    zone_shift(&zone, JANUARY(10), hour);
    zone_shift(&zone, JANUARY(20), -hour);
    static const struct {
        int32_t day;
        int64_t hours;
    } days[] = {{JANUARY(9), 24},  {JANUARY(10), 23}, {JANUARY(11), 24},
                {JANUARY(19), 24}, {JANUARY(20), 25}, {JANUARY(21), 24}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct instant start = calendar_start(&zone.calendar, days[i].day);
        struct instant end = calendar_end(&zone.calendar, days[i].day);
        assert_int_equal(end.us - start.us, days[i].hours * hour);
        assert_int_equal(calendar_day(&zone.calendar, start), days[i].day);
        assert_int_equal(calendar_day(&zone.calendar, shifted(end, -1)), days[i].day);
        assert_int_equal(calendar_day(&zone.calendar, end), days[i].day + 1);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_calendar_day__at_a_boundary__is_half_open),
        unit(test_calendar_day__zones__give_one_instant_different_days),
        unit(test_calendar_day__ends_of_the_table__are_answered),
        unit(test_calendar_day__skipped_day__holds_no_instant),
        unit(test_calendar_start__clock_changes__days_have_23_and_25_hours),
    };
    return cmocka_run_group_tests_name("domain/calendar", tests, NULL, NULL);
}
