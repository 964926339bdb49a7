#include "written.h"

#include "domain/trend.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* D-doc 3.1: 5 points, 10 overdue, z of 1.645 by the pooled variance. Worked out by hand:
 * 30 of 300 against 15 of 300: p = 45/600, z = 0.05 / sqrt(0.075 x 0.925 x 2/300) = 2.325.
 * 14 of 140 against 15 of 300: p = 29/440, z = 0.05 / sqrt(0.0659 x 0.9341 x (1/140 + 1/300)) =
 * 1.969. 10 of 100 against 16 of 320: p = 26/420, z = 0.05 / sqrt(0.0619 x 0.9381 x (1/100 +
 * 1/320)) = 1.811. */
static void test_trend_is_worse__boundaries__each_condition_alone(void **state)
{
    (void)state;
    static const struct {
        struct share share, baseline;
        bool worse;
    } cases[] = {
        {{30, 300}, {15, 300}, true},        /* exactly five points */
        {{29, 300}, {15, 300}, false},       /* 4.67 points */
        {{30, 300}, {16, 320}, true},        /* the same ratio of another number */
        {{3000, 30000}, {151, 3000}, false}, /* 4.97 points, however sure */
        {{14, 140}, {15, 300}, true},        {{10, 100}, {16, 320}, true}, /* ten overdue */
        {{9, 90}, {15, 300}, false},                                       /* nine */
        {{9, 60}, {15, 300}, false},                                       /* however many points */
        {{0, 100}, {50, 300}, false},                                      /* better */
        {{300, 300}, {300, 300}, false},                                   /* all, as ever */
        {{300, 300}, {0, 300}, true},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        assert_int_equal(trend_is_worse(&trend_default, cases[i].share, cases[i].baseline),
                         cases[i].worse);
    }
}

/* Against 150 of 300, with e = 100: z = (o/100 - 1/2) / sqrt(s/400 (1 - s/400) (4/300)). o = 59: s
 * = 209, z = 0.09 / sqrt(0.5225 x 0.4775 x 0.013333) = 1.5604; o = 60: s = 210, 0.1 / sqrt(0.525 x
 * 0.475 x 0.013333) = 1.7342. Both are five points worse. */
static void test_trend_is_worse__chance__is_no_reason(void **state)
{
    (void)state;
    struct share baseline = {150, 300};
    assert_false(trend_is_worse(&trend_default, (struct share){59, 100}, baseline));
    assert_true(trend_is_worse(&trend_default, (struct share){60, 100}, baseline));
    /* o of 100 against half of 100 has z^2 = 2 x 100 (o - 50)^2 / ((o + 50) (150 - o)): for o = 60,
     * 20000 / 9900 = 2.0202, so z = 1.42134. */
    struct trend_rule rule = trend_default;
    rule.z = 1421;
    assert_true(trend_is_worse(&rule, (struct share){60, 100}, (struct share){50, 100}));
    rule.z = 1422;
    assert_false(trend_is_worse(&rule, (struct share){60, 100}, (struct share){50, 100}));
    /* 8 of 8 against 0 of 8: p is a half, z^2 = 1 / (1/4 x 1/4) = 16: exactly 4. */
    rule.min_overdue = 1;
    rule.z = 4000;
    assert_true(trend_is_worse(&rule, (struct share){8, 8}, (struct share){0, 8}));
    rule.z = 4001;
    assert_false(trend_is_worse(&rule, (struct share){8, 8}, (struct share){0, 8}));
}

/* The same ratios of ever larger numbers: nothing runs over. z grows with the root. */
static void test_trend_is_worse__large_counts__are_exact(void **state)
{
    (void)state;
    for (int64_t times = 1; times <= 10000000; times *= 10) {
        struct share share = {30 * times, 300 * times}, baseline = {15 * times, 300 * times};
        assert_true(trend_is_worse(&trend_default, share, baseline));
        share.overdue--; /* a hair below five points */
        assert_false(trend_is_worse(&trend_default, share, baseline));
        struct trend_rule rule = trend_default;
        rule.points = 1;
        rule.z = 10000;
        assert_int_equal(trend_is_worse(&rule, share, baseline), times >= 100);
    }
}

#define DAYS 10

static void test_trend_baseline__days_before__are_pooled(void **state)
{
    (void)state;
    struct policy policy = {.backlog = {.mark_count = 1, .marks = {{.hours = 48}}}};
    struct trend_rule *rule = &policy.backlog.marks[0].trend;
    struct question q = {.policy = &policy};
    struct cohort cohorts[DAYS] = {{.day = 0}};
    struct backlog_reading reading = {.cohorts = cohorts, .cohort_count = DAYS};
    struct share baseline;
    for (int i = 0; i < DAYS; i++) {
        cohorts[i].day = 19723 + i;
        cohorts[i].marks[0] =
            (struct cohort_mark){.eligible = 50, .overdue = i, .still_open = i / 2};
    }

    assert_false(trend_baseline(&q, 0, &reading, &cohorts[9], &baseline)); /* no trend */
    *rule = trend_default;
    assert_true(trend_baseline(&q, 0, &reading, &cohorts[9], &baseline));
    assert_int_equal(baseline.eligible, 350); /* days 2 to 8 */
    assert_int_equal(baseline.overdue, 2 + 3 + 4 + 5 + 6 + 7 + 8);
    policy.backlog.lenient = true;
    assert_true(trend_baseline(&q, 0, &reading, &cohorts[9], &baseline));
    assert_int_equal(baseline.overdue, 1 + 1 + 2 + 2 + 3 + 3 + 4);
    assert_true(trend_baseline(&q, 0, &reading, &cohorts[6], &baseline)); /* 300 are enough */
    assert_false(trend_baseline(&q, 0, &reading, &cohorts[5], &baseline));
    cohorts[0].marks[0].eligible = 49;
    assert_false(trend_baseline(&q, 0, &reading, &cohorts[6], &baseline)); /* 299 are not */
}

/* 50,050,000 against 50,000,000, of 100,000,000 each: p = 0.50025, z = 0.0005 / sqrt(0.50025 x
 * 0.49975 x 2 / 100,000,000) = 7.07107; both sides of the comparison have more than 128 bits. */
static void test_trend_is_worse__more_than_128_bits__are_compared(void **state)
{
    (void)state;
    struct trend_rule rule = {.days = 7, .min_eligible = 1, .points = 1, .z = 7071};
    struct share share = {50050000, 100000000}, baseline = {50000000, 100000000};
    assert_true(trend_is_worse(&rule, share, baseline));
    rule.z = 7072;
    assert_false(trend_is_worse(&rule, share, baseline));
    rule.z = 10000;
    assert_false(trend_is_worse(&rule, share, baseline));
}

static void test_trend_is_worse__better__is_never_worse(void **state)
{
    (void)state;
    struct trend_rule rule = {.days = 7, .min_eligible = 1};
    assert_false(trend_is_worse(&rule, (struct share){0, 100}, (struct share){50, 300}));
    assert_false(trend_is_worse(&rule, (struct share){50, 300}, (struct share){50, 300}));
    assert_true(trend_is_worse(&rule, (struct share){51, 300}, (struct share){50, 300}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trend_is_worse__boundaries__each_condition_alone),
        cmocka_unit_test(test_trend_is_worse__chance__is_no_reason),
        cmocka_unit_test(test_trend_is_worse__large_counts__are_exact),
        cmocka_unit_test(test_trend_baseline__days_before__are_pooled),
        cmocka_unit_test(test_trend_is_worse__more_than_128_bits__are_compared),
        cmocka_unit_test(test_trend_is_worse__better__is_never_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
