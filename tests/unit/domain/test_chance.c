#include "written.h"

#include <math.h>

#include "domain/chance.h"

static void assert_near(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-9))
        fail_msg("%.12f instead of %.12f", actual, expected);
}

static void test_chance__independent_orders__are_binomial(void **state)
{
    (void)state;
    const struct chance coins = {.count = 3, .share = 0.5};
    static const double at_least[] = {1, 7 / 8.0, 4 / 8.0, 1 / 8.0, 0};
    for (int64_t k = 0; k <= 4; k++)
        assert_near(chance_at_least(&coins, k), at_least[k]);
    assert_int_equal(chance_quantile(&coins, 0.1), 0);
    assert_int_equal(chance_quantile(&coins, 0.12), 0);
    assert_int_equal(chance_quantile(&coins, 0.2), 1);
    assert_int_equal(chance_quantile(&coins, 0.6), 2);
    assert_int_equal(chance_quantile(&coins, 0.9), 3);
}

/* With a correlation of 1/3 around a half every number is as likely as any other: 1 / (n + 1). */
static void test_chance__uniform_share__makes_all_numbers_alike(void **state)
{
    (void)state;
    const struct chance chance = {.count = 9, .share = 0.5, .correlation = 1 / 3.0};
    for (int64_t k = 0; k <= 10; k++)
        assert_near(chance_at_least(&chance, k), (double)(10 - k) / 10);
    assert_int_equal(chance_quantile(&chance, 0.09), 0);
    assert_int_equal(chance_quantile(&chance, 0.45), 4);
    assert_int_equal(chance_quantile(&chance, 0.95), 9);
}

static void test_chance__certain_cases__are_exact(void **state)
{
    (void)state;
    const struct chance none = {.count = 5, .share = 0}, all = {.count = 5, .share = 1},
                        empty = {.count = 0, .share = 0.5};
    assert_true(chance_at_least(&none, 0) == 1 && chance_at_least(&none, 1) == 0);
    assert_true(chance_at_least(&all, 5) == 1 && chance_at_least(&all, 6) == 0);
    assert_true(chance_at_least(&empty, 0) == 1 && chance_at_least(&empty, 1) == 0);
    assert_int_equal(chance_quantile(&none, 0.9), 0);
    assert_int_equal(chance_quantile(&all, 0.1), 5);
    assert_int_equal(chance_quantile(&empty, 0.9), 0);
}

/* The sum of P(at least k) over k = 1 to n is the mean; quantiles are what they are named for. */
static void test_chance__any__has_its_mean_and_quantiles(void **state)
{
    (void)state;
    static const double shares[] = {0.001, 0.1, 0.5, 0.93, 0.9999},
                        correlations[] = {0, 0.0001, 0.05, 0.4, 0.95};
    static const int64_t counts[] = {1, 2, 30, 1000};
    for (size_t c = 0; c < 4; c++)
        for (size_t s = 0; s < 5; s++)
            for (size_t r = 0; r < 5; r++) {
                struct chance chance = {counts[c], shares[s], correlations[r]};
                double mean = 0, before = 1;
                print_message("%d %.4f %.4f\n", (int)counts[c], shares[s], correlations[r]);
                for (int64_t k = 1; k <= chance.count; k++) {
                    double p = chance_at_least(&chance, k);
                    assert_true(p >= 0 && p <= before + 1e-12);
                    mean += p;
                    before = p;
                }
                assert_true(fabs(mean - (double)chance.count * chance.share) < 1e-6);
                for (double p = 0.1; p < 1; p += 0.4) {
                    int64_t k = chance_quantile(&chance, p);
                    assert_true(1 - chance_at_least(&chance, k + 1) >= p - 1e-9);
                    assert_true(k == 0 || 1 - chance_at_least(&chance, k) < p + 1e-9);
                }
            }
}

static void test_chance__many_orders__vanish_nowhere(void **state)
{
    (void)state;
    const struct chance many = {.count = 1000000, .share = 0.1, .correlation = 0};
    assert_true(chance_at_least(&many, 90000) > 0.999999);
    assert_true(chance_at_least(&many, 110000) < 0.000001);
    /* The standard deviation is 300. */
    assert_in_range(chance_quantile(&many, 0.1), 100000 - 400, 100000 - 370);
    assert_in_range(chance_quantile(&many, 0.9), 100000 + 370, 100000 + 400);
}

/* A quantile is the least number that reaches the probability, exactly too: of one coin none with a
 * half, of two none with a quarter. */
static void test_chance_quantile__exactly_reached__is_enough(void **state)
{
    (void)state;
    const struct chance coin = {.count = 1, .share = 0.5}, coins = {.count = 2, .share = 0.5};
    assert_int_equal(chance_quantile(&coin, 0.5), 0);
    assert_int_equal(chance_quantile(&coins, 0.25), 0);
    assert_int_equal(chance_quantile(&coins, 0.75), 1);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_chance__independent_orders__are_binomial),
        unit(test_chance__uniform_share__makes_all_numbers_alike),
        unit(test_chance__certain_cases__are_exact),
        unit(test_chance__any__has_its_mean_and_quantiles),
        unit(test_chance__many_orders__vanish_nowhere),
        unit(test_chance_quantile__exactly_reached__is_enough),
    };
    return cmocka_run_group_tests_name("domain/chance", tests, NULL, NULL);
}
