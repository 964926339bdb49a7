#include "written.h"

#include "domain/backlog.h"
#include "domain/intake.h"

static const struct mark mild = {.hours = 72, .over_percent = 10000, .inclusive = true};

static struct capacity week(int64_t mon, int64_t tue, int64_t wed, int64_t thu, int64_t fri,
                            int64_t sat, int64_t sun)
{
    return (struct capacity){.known = true, .orders = {mon, tue, wed, thu, fri, sat, sun}};
}

/* By hand: what comes in a week must go in it; a store that rests for two days catches up within 72
 * hours; one that works on one day has to collect what is older than 72 hours. */
static void test_intake_safe__by_hand(void **state)
{
    (void)state;
    struct capacity steady = week(100, 100, 100, 100, 100, 100, 100);
    assert_int_equal(intake_safe(&steady, &mild), 100);
    struct capacity weekend = week(100, 100, 100, 100, 100, 0, 0);
    assert_int_equal(intake_safe(&weekend, &mild), 71); /* 500 / 7 */
    struct capacity closed = week(0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(intake_safe(&closed, &mild), 0);
    /* Whatever is placed on Tuesday lies until Monday. */
    struct capacity mondays = week(700, 0, 0, 0, 0, 0, 0);
    assert_int_equal(intake_safe(&mondays, &mild), 0);
    /* Saturday's orders lie until Monday, later than 24 h. */
    const struct mark next_day = {.hours = 24, .over_percent = 10000, .inclusive = true};
    assert_int_equal(intake_safe(&weekend, &next_day), 0);
    assert_int_equal(intake_safe(&steady, &next_day), 100);
    /* Nobody collects before 30 hours. */
    steady.least_hours = 30;
    assert_int_equal(intake_safe(&steady, &next_day), 0);
    assert_int_equal(intake_safe(&steady, &mild), 100);
}

/* Every order on its own: `orders` a day at equal distances, the oldest first, each weekday taking
 * its number at equal distances. Hours are what both look at, so that they agree exactly where 24
 * divides the numbers. */
static bool brute_is_safe(const struct capacity *capacity, const struct mark *mark, int64_t orders)
{
    enum { DAYS = 70 };
    static int64_t come[DAYS * 24 * 40], gone[DAYS * 24 * 40];
    int64_t come_count = 0, gone_count = 0, waiting = 0;
    for (int64_t hour = 0; hour < DAYS * 24; hour++) {
        for (int64_t i = 0; i < orders / 24; i++)
            come[come_count++] = hour;
        for (int64_t i = 0; i < capacity->orders[hour / 24 % 7] / 24; i++)
            if (waiting < come_count && come[waiting] + capacity->least_hours <= hour) {
                gone[waiting++] = hour;
                gone_count++;
            }
    }
    for (int64_t day = 35; day < 42; day++) {
        int64_t late = 0, all = 0;
        for (int64_t i = 0; i < come_count; i++)
            if (come[i] / 24 == day) {
                all++;
                late += i >= gone_count || gone[i] > come[i] + mark->hours;
            }
        if (mark_holds(mark, late, all))
            return false;
    }
    return true;
}

static void test_intake_is_safe__brute_force__agrees(void **state)
{
    (void)state;
    uint32_t seed = 11;
    int safe = 0;
    for (int round = 0; round < 400; round++) {
        struct capacity capacity = {.known = true};
        struct mark mark = mild;
        int64_t total = 0;
        for (size_t weekday = 0; weekday < WEEKDAYS; weekday++) {
            seed = seed * 1664525 + 1013904223;
            capacity.orders[weekday] = 24 * (int64_t)(seed >> 16 & 15);
            total += capacity.orders[weekday];
        }
        seed = seed * 1664525 + 1013904223;
        capacity.least_hours = seed >> 16 & 15;
        mark.hours = 24 + 12 * (int32_t)(seed >> 20 & 7);
        int64_t orders = total / 7 / 24 * 24 - 24 * (int64_t)(seed >> 24 & 3);
        if (orders <= 0)
            continue;
        print_message("round %d\n", round);
        bool is_safe = intake_is_safe(&capacity, &mark, orders);
        assert_int_equal(is_safe, brute_is_safe(&capacity, &mark, orders));
        safe += is_safe;
    }
    assert_in_range(safe, 50, 350);
}

/* The most that is safe is safe, one more is not, and all below are. */
static void test_intake_safe__is_the_border(void **state)
{
    (void)state;
    struct capacity capacities[] = {week(120, 80, 10, 90, 100, 5, 0), week(3, 1, 4, 1, 5, 9, 2),
                                    week(1000, 0, 0, 900, 0, 0, 700)};
    for (size_t i = 0; i < 3; i++) {
        int64_t most = intake_safe(&capacities[i], &mild);
        for (int64_t orders = 0; orders <= most + 20; orders++)
            assert_int_equal(intake_is_safe(&capacities[i], &mild, orders), orders <= most);
    }
}

static void test_intake_mark__is_of_72_hours_else_the_first_that_restricts(void **state)
{
    (void)state;
    struct backlog_policy policy = {
        .mark_count = 2,
        .marks = {{.hours = 48, .over_percent = 15000},
                  {.hours = 96, .over_percent = 5000, .restriction = {.kind = "off_sale"}}}};
    assert_int_equal(intake_mark(&policy).hours, 96);
    policy.marks[0].hours = 72;
    assert_int_equal(intake_mark(&policy).over_percent, 15000);
    policy.marks[0] = (struct mark){.hours = 48, .restriction = {.kind = "off_sale"}};
    policy.marks[1].restriction.kind[0] = '\0';
    assert_int_equal(intake_mark(&policy).hours, 48); /* and not one that is longer than 72 */
    policy.mark_count = 0;
    assert_int_equal(intake_mark(&policy).hours, 72);
    assert_int_equal(intake_mark(&policy).over_percent, 10000);
    assert_true(intake_mark(&policy).inclusive);
}

/* --- what days have shown --- */

static struct zone shanghai;
static struct sightings sightings;

static void tell(int32_t day, int count, int32_t collected)
{
    struct order_view view = {.placed = true, .counts = true, .cancelled = INSTANT_NEVER};
    view.t0.us = calendar_start(&shanghai.calendar, day).us + 10 * US_PER_HOUR;
    view.collected = INSTANT_NEVER;
    if (collected != 0)
        view.collected.us = calendar_start(&shanghai.calendar, collected).us + 16 * US_PER_HOUR;
    for (int i = 0; i < count; i++)
        sightings_add(&sightings, &view);
}

/* Twelve a day and all of them collected, but Mondays leave some for Tuesday. On the five Mondays
 * 2, 3, 4, 5 and 6 are collected: four fifths are at most 5. The others have shown no limit. */
static void test_capacity_of__busy_days__show_what_a_weekday_can(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    int32_t today = JANUARY(29); /* a Monday */
    sightings_begin(&shanghai.calendar, today, &sightings);
    int done = 2;
    for (int32_t day = today - 35; day < today; day++) {
        if ((day + 3) % 7 != 0) {
            tell(day, 12, day);
            continue;
        }
        tell(day, done, day);
        tell(day, 12 - done, day + 1);
        done++;
    }
    struct capacity capacity = capacity_of(&sightings);
    assert_true(capacity.known);
    assert_int_equal(capacity.busy_days, 5);
    assert_int_equal(capacity.least_hours, 6);
    static const int64_t expected[] = {5, 22, 12, 12, 12, 12, 12};
    for (size_t weekday = 0; weekday < WEEKDAYS; weekday++) {
        assert_int_equal(capacity.orders[weekday], expected[weekday]);
        assert_int_equal(capacity.shown[weekday], weekday == 0);
    }
    assert_int_equal(intake_safe(&capacity, &mild), 12); /* 87 / 7 */
}

static void test_capacity_of__young_store__is_not_known(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    sightings_begin(&shanghai.calendar, JANUARY(29), &sightings);
    for (int32_t day = JANUARY(29) - 13; day < JANUARY(29); day++)
        tell(day, 5, day);
    assert_false(capacity_of(&sightings).known);
    tell(JANUARY(29) - 14, 5, JANUARY(29) - 14);
    assert_true(capacity_of(&sightings).known);
}

/* Friday leaves nothing; Monday takes what the weekend left, 16, and two of its own eight. The
 * other six wait for Thursday, more than 60 hours: only the first Monday of all finds nothing to
 * do. */
static void test_intake_is_safe__weekend__burdens_monday(void **state)
{
    (void)state;
    const struct mark mark = {.hours = 60, .over_percent = 10000, .inclusive = true};
    struct capacity capacity = week(18, 0, 0, 7, 57, 0, 0);
    assert_false(intake_is_safe(&capacity, &mark, 8));
}

/* One of ten was collected at once, nine after six hours: a tenth alone is not more than a tenth.
 * On Sundays nothing happens, which shows no limit. */
static void test_capacity_of__least_hours__by_more_than_a_tenth(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    sightings_begin(&shanghai.calendar, JANUARY(29), &sightings);
    for (int32_t day = JANUARY(29) - 21; day < JANUARY(29); day++) {
        if ((day + 3) % 7 == 6)
            continue;
        tell(day, 9, day);
        struct order_view view = {.placed = true, .counts = true, .cancelled = INSTANT_NEVER};
        view.t0.us = calendar_start(&shanghai.calendar, day).us + 10 * US_PER_HOUR;
        view.collected = view.t0;
        sightings_add(&sightings, &view);
    }
    struct capacity capacity = capacity_of(&sightings);
    assert_true(capacity.known);
    assert_int_equal(capacity.least_hours, 6);
    assert_int_equal(capacity.orders[6], 0);
    assert_false(capacity.shown[6]);
    assert_int_equal(capacity.busy_days, 0);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_intake_safe__by_hand),
        unit(test_intake_is_safe__brute_force__agrees),
        unit(test_intake_safe__is_the_border),
        unit(test_intake_mark__is_of_72_hours_else_the_first_that_restricts),
        unit(test_capacity_of__busy_days__show_what_a_weekday_can),
        unit(test_capacity_of__young_store__is_not_known),
        unit(test_intake_is_safe__weekend__burdens_monday),
        unit(test_capacity_of__least_hours__by_more_than_a_tenth),
    };
    return cmocka_run_group_tests_name("domain/intake", tests, NULL, NULL);
}
