#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void test_clock_now__many_readings__never_go_backwards(void **state)
{
    (void)state;
    struct instant before = clock_now();
    /* The system's clock of any machine that builds this is past 2020. */
    assert_true(before.us > INT64_C(1577836800000000));
    for (int i = 0; i < 10000; i++) {
        struct instant now = clock_now();
        assert_false(instant_before(now, before));
        before = now;
    }
}

static void test_clock_start_at__an_instant__is_where_the_clock_runs_on(void **state)
{
    (void)state;
    struct instant start = {INT64_C(1704074400000000)};
    clock_start_at(start);
    struct instant first = clock_now();
    assert_false(instant_before(first, start));
    assert_true(instant_before(first, instant_add_hours(start, 1)));
    int64_t ms = clock_monotonic_ms();
    while (clock_monotonic_ms() < ms + 2)
        continue;
    assert_true(instant_before(first, clock_now()));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_clock_now__many_readings__never_go_backwards),
        unit(test_clock_start_at__an_instant__is_where_the_clock_runs_on),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
