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
    const struct calendar calendar = {.first_day = 100, .count = 3, .starts = starts};
    assert_int_equal(calendar_day(&calendar, (struct instant){0}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour - 1}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){24 * hour}), 101);
    assert_int_equal(calendar_day(&calendar, (struct instant){48 * hour - 1}), 101);
    assert_int_equal(calendar_day(&calendar, (struct instant){-1}), 100);
    assert_int_equal(calendar_day(&calendar, (struct instant){48 * hour}), 102);
    assert_int_equal(calendar_day(&calendar, INSTANT_NEVER), 102);
    assert_instant(calendar_start(&calendar, 100), (struct instant){0});
    assert_instant(calendar_end(&calendar, 101), (struct instant){48 * hour});
}

/* A zone that crossed the date line skipped a day: it begins and ends at the same instant. */
static void test_calendar_day__skipped_day__holds_no_instant(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, 24 * US_PER_HOUR, 24 * US_PER_HOUR, 48 * US_PER_HOUR};
    const struct calendar calendar = {.first_day = 100, .count = 4, .starts = starts};
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

/* --- the wall clock --- */

static void test_calendar_minute__fixed_zone__counts_from_local_midnight(void **state)
{
    (void)state;
    struct zone shanghai, kolkata, new_york;
    zone_fixed(&shanghai, 8 * 60);
    zone_fixed(&kolkata, 5 * 60 + 30);
    zone_fixed(&new_york, -5 * 60);
    static const struct {
        const char *at; /* at +08:00 */
        int32_t shanghai, kolkata, new_york;
    } cases[] = {
        {"02T00:00", 0, 1290, 660},
        {"02T00:00:59.999999", 0, 1290, 660},
        {"02T00:01", 1, 1291, 661},
        {"02T02:29:59.999999", 149, 1439, 809},
        {"02T02:30", 150, 0, 810},
        {"02T08:59:59.999999", 539, 389, 1199},
        {"02T09:00", 540, 390, 1200},
        {"02T12:59:59.999999", 779, 629, 1439},
        {"02T13:00", 780, 630, 0},
        {"02T23:00", 1380, 1230, 600},
        {"02T23:59:59.999999", 1439, 1289, 659},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].at);
        assert_int_equal(calendar_minute(&shanghai.calendar, at(cases[i].at)), cases[i].shanghai);
        assert_int_equal(calendar_minute(&kolkata.calendar, at(cases[i].at)), cases[i].kolkata);
        assert_int_equal(calendar_minute(&new_york.calendar, at(cases[i].at)), cases[i].new_york);
    }
}

static void test_calendar_minute__no_shifts__is_of_utc(void **state)
{
    (void)state;
    static const int64_t starts[] = {0, 24 * US_PER_HOUR};
    const struct calendar calendar = {.count = 2, .starts = starts};
    assert_int_equal(calendar_minute(&calendar, at("02T08:00")), 0);
    assert_int_equal(calendar_minute(&calendar, at("02T07:59:59.999999")), 1439);
}

/* A zone of +08:00 whose clock is put forward from 02:00 to 03:00 on 10 January, and back from
 * 03:00 to 02:00 on the 20th. */
static void test_calendar_minute__clock_changes__shift_the_wall_clock_at_once(void **state)
{
    (void)state;
    const struct shift shifts[] = {
        {.from = INT64_MIN, .offset_s = 8 * 3600},
        {.from = at("10T02:00").us, .offset_s = 9 * 3600},
        {.from = at("20T02:00").us, .offset_s = 8 * 3600},
    };
    const struct calendar calendar = {.shift_count = 3, .shifts = shifts};
    static const struct {
        const char *at; /* at +08:00 */
        int32_t minute;
    } cases[] = {
        {"10T01:59:59.999999", 119},
        {"10T02:00", 180},
        {"10T07:59:59.999999", 539},
        {"10T08:00", 540},
        {"15T21:59:59.999999", 1379},
        {"15T22:00", 1380},
        {"15T23:00", 0},
        {"20T01:59:59.999999", 179},
        {"20T02:00", 120},
        {"20T09:00", 540},
        {"20T23:00", 1380},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].at);
        assert_int_equal(calendar_minute(&calendar, at(cases[i].at)), cases[i].minute);
    }
}

/* --- suspension --- */

static void test_calendar_is_suspended__intervals__are_half_open(void **state)
{
    (void)state;
    const struct interval suspended[] = {
        {at("02T00:00").us, at("04T00:00").us},
        {at("10T00:00").us, at("10T00:00:00.000001").us}, /* a single instant */
        {at("20T12:00").us, at("21T00:00").us},
    };
    const struct calendar calendar = {.suspended_count = 3, .suspended = suspended};
    static const struct {
        const char *at;
        bool suspended;
    } cases[] = {
        {"01T00:00", false}, {"01T23:59:59.999999", false}, {"02T00:00", true},
        {"03T12:00", true},  {"03T23:59:59.999999", true},  {"04T00:00", false},
        {"07T00:00", false}, {"09T23:59:59.999999", false}, {"10T00:00", true},
        {"15T00:00", false}, {"10T00:00:00.000001", false}, {"20T11:59:59.999999", false},
        {"20T12:00", true},  {"20T23:59:59.999999", true},  {"21T00:00", false},
        {"31T00:00", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].at);
        assert_int_equal(calendar_is_suspended(&calendar, at(cases[i].at)), cases[i].suspended);
    }
}

static void test_calendar_is_suspended__none__never(void **state)
{
    (void)state;
    const struct calendar calendar = {.suspended_count = 0};
    assert_false(calendar_is_suspended(&calendar, at("02T00:00")));
}

/* --- holidays --- */

static void test_calendar_is_holiday__days__are_found(void **state)
{
    (void)state;
    const int32_t holidays[] = {JANUARY(1), JANUARY(2), JANUARY(5)};
    struct calendar calendar = {.holiday_count = 3, .holidays = holidays};
    for (int32_t day = 0; day <= 6; day++)
        assert_int_equal(calendar_is_holiday(&calendar, JANUARY(day)),
                         day == 1 || day == 2 || day == 5);
    calendar.holiday_count = 0;
    assert_false(calendar_is_holiday(&calendar, JANUARY(1)));
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
        unit(test_calendar_minute__fixed_zone__counts_from_local_midnight),
        unit(test_calendar_minute__no_shifts__is_of_utc),
        unit(test_calendar_minute__clock_changes__shift_the_wall_clock_at_once),
        unit(test_calendar_is_suspended__intervals__are_half_open),
        unit(test_calendar_is_suspended__none__never),
        unit(test_calendar_is_holiday__days__are_found),
    };
    return cmocka_run_group_tests_name("domain/calendar", tests, NULL, NULL);
}
