#include "domain/peers.h"

#include "scored.h"

/* --- statistics --- */

static void assert_statistics(struct statistics got, int64_t count, int64_t mean,
                              const int64_t quantiles[QUANTILES])
{
    assert_int_equal(got.count, count);
    assert_int_equal(got.mean, mean);
    for (size_t i = 0; i < QUANTILES; i++)
        assert_int_equal(got.quantiles[i], quantiles[i]);
}

static void test_statistics_of__unsorted_with_absent_ones__are_of_those_that_have_the_number(
    void **state)
{
    (void)state;
    /* Known: 10 20 30 40. Nearest ranks: 0.4, 1, 2, 3 and 3.6 of 4, each rounded up. */
    int64_t values[] = {40, PEER_NONE, 10, 30, PEER_NONE, 20};
    assert_statistics(statistics_of(values, LENGTH(values)), 4, 25,
                      (const int64_t[]){10, 10, 20, 30, 40});
    static const int64_t sorted[] = {PEER_NONE, PEER_NONE, 10, 20, 30, 40};
    assert_memory_equal(values, sorted, sizeof sorted);
}

static void test_statistics_of__ten_and_eleven__quantiles_are_values_of_the_list(void **state)
{
    (void)state;
    int64_t ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 100};
    assert_statistics(statistics_of(ten, 10), 10, 15, /* 14.5, half up */
                      (const int64_t[]){1, 3, 5, 8, 9});
    int64_t eleven[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    assert_statistics(statistics_of(eleven, 11), 11, 5, (const int64_t[]){1, 2, 5, 8, 9});
}

static void test_statistics_of__one_or_none__itself_or_nothing(void **state)
{
    (void)state;
    static const int64_t nothing[QUANTILES] = {PEER_NONE, PEER_NONE, PEER_NONE, PEER_NONE,
                                               PEER_NONE};
    int64_t one[] = {PEER_NONE, 0};
    assert_statistics(statistics_of(one, 2), 1, 0, (const int64_t[]){0, 0, 0, 0, 0});
    int64_t absent[] = {PEER_NONE, PEER_NONE};
    assert_statistics(statistics_of(absent, 2), 0, PEER_NONE, nothing);
    assert_statistics(statistics_of(absent, 0), 0, PEER_NONE, nothing);
}

static void test_statistics_of__mean__is_rounded_half_up_without_overflow(void **state)
{
    (void)state;
    int64_t thirds[] = {1, 1, 2};
    assert_int_equal(statistics_of(thirds, 3).mean, 1);
    int64_t halves[] = {1, 2};
    assert_int_equal(statistics_of(halves, 2).mean, 2);
    int64_t large[] = {INT64_MAX, INT64_MAX, INT64_MAX};
    assert_int_equal(statistics_of(large, 3).mean, INT64_MAX);
}

/* --- ranks --- */

static void test_rank_rate__below_and_half_of_the_ties__of_the_others(void **state)
{
    (void)state;
    static const int64_t sorted[] = {PEER_NONE, 10, 20, 20, 20, 30};
    static const struct {
        int64_t value, rank;
    } cases[] = {
        {10, 0},     /* nobody below */
        {20, 5000},  /* 1 below and half of 2, of 4 */
        {30, 10000}, /* all 4 */
        {PEER_NONE, PEER_NONE},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(rank_rate(sorted, LENGTH(sorted), cases[i].value), cases[i].rank);
}

static void test_rank_rate__thirds__are_rounded_half_up(void **state)
{
    (void)state;
    static const int64_t sorted[] = {1, 2, 3, 4};
    assert_int_equal(rank_rate(sorted, 4, 2), 3333);
    assert_int_equal(rank_rate(sorted, 4, 3), 6667);
    static const int64_t zeros[] = {0, 0, 5};
    assert_int_equal(rank_rate(zeros, 3, 0), 2500);
}

static void test_rank_rate__alone__has_none(void **state)
{
    (void)state;
    static const int64_t sorted[] = {PEER_NONE, 7};
    assert_int_equal(rank_rate(sorted, 2, 7), PEER_NONE);
}

/* --- numbers --- */

static void test_peer_value__units__are_values_as_shown(void **state)
{
    (void)state;
    struct policy policy = {
        .metric_count = 3,
        .metrics = {{.unit = UNIT_RATIO}, {.unit = UNIT_HOURS}, {.unit = UNIT_RATING}}};
    assert_int_equal(peer_value(&policy, 0, &(struct reading){.sum = 2, .valid = 3}), 6667);
    assert_int_equal(peer_value(&policy, 1, &(struct reading){.sum = 5400, .valid = 1}), 15000);
    assert_int_equal(peer_value(&policy, 2, &(struct reading){.sum = 9, .valid = 2}), 90000);
    assert_int_equal(peer_value(&policy, 0, &(struct reading){.pending = 5}), PEER_NONE);
}

static void test_peer_numbers__policy__stand_one_behind_the_other(void **state)
{
    (void)state;
    struct policy policy = {.factor_count = 5, .composite_count = 3, .metric_count = 20};
    assert_int_equal(peer_factor(0), 1);
    assert_int_equal(peer_composite(&policy, 0), 6);
    assert_int_equal(peer_metric(&policy, 0), 9);
    assert_int_equal(peer_numbers(&policy), 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_statistics_of__unsorted_with_absent_ones__are_of_those_that_have_the_number),
        cmocka_unit_test(test_statistics_of__ten_and_eleven__quantiles_are_values_of_the_list),
        cmocka_unit_test(test_statistics_of__one_or_none__itself_or_nothing),
        cmocka_unit_test(test_statistics_of__mean__is_rounded_half_up_without_overflow),
        cmocka_unit_test(test_rank_rate__below_and_half_of_the_ties__of_the_others),
        cmocka_unit_test(test_rank_rate__thirds__are_rounded_half_up),
        cmocka_unit_test(test_rank_rate__alone__has_none),
        cmocka_unit_test(test_peer_value__units__are_values_as_shown),
        cmocka_unit_test(test_peer_numbers__policy__stand_one_behind_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
