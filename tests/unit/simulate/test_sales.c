#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "simulate/sales.h"

#define SOME_DAY 20770

static void test_sales_shown__any_day__four_to_six_days_back(void **state)
{
    (void)state;
    for (int32_t today = SOME_DAY; today < SOME_DAY + 14; today++) {
        struct sales sales = sales_shown(today);

        assert_in_range(today - sales.first_days[0], 4, 6);
        assert_int_equal(sale_day_of(sales.first_days[0]), SALE_FIRST);
        assert_int_equal(sales.first_days[0], sale_latest(today));
    }
}

static void test_sales_include__sale__its_two_days_only(void **state)
{
    struct sales sales = {0};
    int32_t first = sale_latest(SOME_DAY);

    (void)state;
    sales_add(&sales, first);
    assert_false(sales_include(&sales, first - 1));
    assert_true(sales_include(&sales, first));
    assert_true(sales_include(&sales, first + 1));
    assert_false(sales_include(&sales, first + 2));
    assert_false(sales_include(&sales, first + SALE_EVERY));
}

static void test_sales_add__again_and_too_many__kept_once_and_bounded(void **state)
{
    struct sales sales = {0};

    (void)state;
    for (int32_t i = 0; i < 2 * SALES_MAX; i++) {
        sales_add(&sales, SALE_EVERY * i);
        sales_add(&sales, SALE_EVERY * i);
    }
    assert_int_equal(sales.count, SALES_MAX);
    assert_int_equal(sales.first_days[1], SALE_EVERY);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sales_shown__any_day__four_to_six_days_back),
        cmocka_unit_test(test_sales_include__sale__its_two_days_only),
        cmocka_unit_test(test_sales_add__again_and_too_many__kept_once_and_bounded),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("simulate/sales", tests, NULL, NULL);
}
