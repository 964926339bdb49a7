#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/retry.h"

#define MS INT64_C(1000)
#define S (1000 * MS)

/* random % 201 thousandths are added to nine tenths: 100 is the delay itself. */
#define LOW 0
#define MIDDLE 100
#define HIGH 200

static void test_retry__delays__table(void **state)
{
    (void)state;
    static const int64_t delays_s[] = {5, 30, 120, 600, 3600, 14400, 43200, 86400, 86400};
    int64_t sum_s = 0, us;
    for (int64_t failed = 1; failed <= 9; failed++) {
        int64_t s = delays_s[failed - 1];
        sum_s += s;
        assert_true(retry_delay_us(failed, MIDDLE, 1, &us));
        assert_int_equal(us, s * S);
        assert_true(retry_delay_us(failed, LOW, 1, &us));
        assert_int_equal(us, s * S - s * 100 * MS);
        assert_true(retry_delay_us(failed, HIGH, 1, &us));
        assert_int_equal(us, s * S + s * 100 * MS);
        assert_true(retry_delay_us(failed, HIGH + 201, 1, &us));
        assert_int_equal(us, s * S + s * 100 * MS);
        assert_true(retry_delay_us(failed, UINT32_MAX, 1, &us));
        assert_in_range(us, s * 900 * MS, s * 1100 * MS);
    }
    assert_in_range(sum_s, 2 * 86400, 3 * 86400); /* about three days in all */
    assert_false(retry_delay_us(RETRY_ATTEMPTS, MIDDLE, 1, &us));
    assert_false(retry_delay_us(RETRY_ATTEMPTS + 1, MIDDLE, 1, &us));
    assert_false(retry_delay_us(0, MIDDLE, 1, &us));
}

static void test_retry__divisor__shortens(void **state)
{
    (void)state;
    int64_t us;
    assert_true(retry_delay_us(1, MIDDLE, 1000, &us));
    assert_int_equal(us, 5 * MS);
    assert_true(retry_delay_us(9, HIGH, 1000000, &us));
    assert_int_equal(us, 95040);
}

static void test_retry__receivers_wish__is_the_least(void **state)
{
    (void)state;
    int64_t us;
    static const struct {
        int64_t failed, after_s, expected_s;
    } table[] = {
        {1, -1, 5},        {1, 0, 5},         {1, 4, 5},
        {1, 5, 5},         {1, 6, 6},         {1, 86399, 86399},
        {1, 86400, 86400}, {1, 86401, 86400}, {1, INT64_MAX, 86400},
        {8, 86400, 86400}, {4, 60, 600},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(retry_delay_after_us(table[i].failed, MIDDLE, 1, table[i].after_s, &us));
        assert_int_equal(us, table[i].expected_s * S);
    }
    assert_true(retry_delay_after_us(1, MIDDLE, 1000000, 60, &us));
    assert_int_equal(us, 60 * S); /* a test's divisor is not the receiver's */
    assert_false(retry_delay_after_us(RETRY_ATTEMPTS, MIDDLE, 1, 60, &us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__delays__table),
        cmocka_unit_test(test_retry__divisor__shortens),
        cmocka_unit_test(test_retry__receivers_wish__is_the_least),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
