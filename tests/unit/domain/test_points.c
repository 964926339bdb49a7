#include "scored.h"

static void test_sample_of__counts__are_named(void **state)
{
    (void)state;
    static const struct {
        int64_t valid;
        const char *name;
    } cases[] = {{0, "none"}, {1, "very_low"}, {9, "very_low"},  {10, "low"},
                 {29, "low"}, {30, "full"},    {1000000, "full"}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_string_equal(sample_name(sample_of(cases[i].valid)), cases[i].name);
}

/* --- anchors --- */

static void test_anchor_points__rising_anchors__linear_between_and_clamped(void **state)
{
    (void)state;
    static const struct anchor anchors[] = {{5000, 1000}, {8000, 4000}, {10000, 10000}};
    static const struct {
        int64_t num, den, points;
    } cases[] = {
        {0, 10, 1000}, {5, 10, 1000},   {499999, 1000000, 1000}, {65, 100, 2500}, {8, 10, 4000},
        {9, 10, 7000}, {10, 10, 10000}, {20, 10, 10000},         {2, 3, 2667}, /* 1000 + 3000 *
                                                                                  (0.66667 - 0.5) /
                                                                                  0.3 = 2666.67 */
        {5, 6, 5000}, /* 4000 + 6000 * (0.83333 - 0.8) / 0.2 */
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(anchor_points(anchors, 3, cases[i].num, cases[i].den), cases[i].points);
}

static void test_anchor_points__falling_anchors__less_is_better(void **state)
{
    (void)state;
    static const struct anchor hours[] = {{240000, 10000}, {720000, 4000}, {1200000, 0}};
    static const struct {
        int64_t num, den, points;
    } cases[] = {{0, 1, 10000}, {24, 1, 10000}, {48, 1, 7000}, {72, 1, 4000},
                 {96, 1, 2000}, {120, 1, 0},    {500, 1, 0},   {145, 2, 3958} /* 3958.33 */};
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(anchor_points(hours, 3, cases[i].num, cases[i].den), cases[i].points);
}

/* One in 20,000 of the way is 0.5 of a thousandth: half is rounded up, and only the exact value
 * decides. */
static void test_anchor_points__half_a_thousandth__is_rounded_up(void **state)
{
    (void)state;
    static const struct anchor rising[] = {{0, 0}, {10000, 10000}};
    static const struct anchor falling[] = {{0, 10000}, {10000, 0}};
    assert_int_equal(anchor_points(rising, 2, 1, 20000), 1);
    assert_int_equal(anchor_points(rising, 2, 1, 20001), 0);
    assert_int_equal(anchor_points(falling, 2, 1, 20000), 10000);
    assert_int_equal(anchor_points(falling, 2, 1, 19999), 9999);
    /* from the value as shown, 0.3333, it would be 3330 */
    static const struct anchor steep[] = {{3000, 0}, {4000, 10000}};
    assert_int_equal(anchor_points(steep, 2, 1, 3), 3333);
}

static void test_anchor_points__one_anchor__is_a_constant(void **state)
{
    (void)state;
    static const struct anchor one[] = {{5000, 7000}};
    assert_int_equal(anchor_points(one, 1, 0, 1), 7000);
    assert_int_equal(anchor_points(one, 1, 1, 2), 7000);
    assert_int_equal(anchor_points(one, 1, 1, 1), 7000);
}

static void test_anchor_points__large_sums__do_not_overflow(void **state)
{
    (void)state;
    static const struct anchor anchors[] = {{0, 10000}, {INT64_C(9000000000000), 0}};
    int64_t den = 3600 * 1000; /* the numerator in ten-thousandths is beyond 64 bits */
    assert_int_equal(anchor_points(anchors, 2, 450000000 * den, den), 5000);
}

/* --- values --- */

static void test_score_compute__share__value_and_worst(void **state)
{
    (void)state;
    static const struct {
        struct reading reading;
        bool has_value, has_worst;
        int64_t value, worst, points;
        enum sample sample;
    } cases[] = {
        {{1000, 973, 4}, true, true, 9730, 9691, 9730, SAMPLE_FULL}, /* the contract's example */
        {{3, 2, 0}, true, true, 6667, 6667, 6667, SAMPLE_VERY_LOW},
        {{3, 1, 0}, true, true, 3333, 3333, 3333, SAMPLE_VERY_LOW},
        {{20000, 1, 0}, true, true, 1, 1, 1, SAMPLE_FULL}, /* 0.00005 */
        {{20001, 1, 0}, true, true, 0, 0, 0, SAMPLE_FULL},
        {{10, 10, 30}, true, true, 10000, 2500, 10000, SAMPLE_LOW},
        {{0, 0, 5}, false, true, 0, 0, 0, SAMPLE_NONE},
        {{0, 0, 0}, false, false, 0, 0, 0, SAMPLE_NONE},
        {{29, 0, 100}, true, true, 0, 0, 0, SAMPLE_LOW},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene.reading.metrics[0] = cases[i].reading;
        struct score score = scene_score(&scene);
        const struct metric_score *metric = &score.metrics[0];
        assert_int_equal(metric->has_value, cases[i].has_value);
        assert_int_equal(metric->has_points, cases[i].has_value);
        assert_int_equal(metric->has_worst, cases[i].has_worst);
        assert_int_equal(metric->sample, cases[i].sample);
        if (cases[i].has_value) {
            assert_int_equal(metric->value, cases[i].value);
            assert_int_equal(metric->points, cases[i].points);
        }
        if (cases[i].has_worst)
            assert_int_equal(metric->worst, cases[i].worst);
        assert_int_equal(metric->window.first_day, JANUARY(15) - 29);
        assert_int_equal(metric->window.last_day, JANUARY(15));
    }
}

static void test_score_compute__mean__is_the_amount_in_its_unit_without_a_worst(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    struct metric *metric = &scene.policy.metrics[2];
    metric->measure = (struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED};
    metric->unit = UNIT_HOURS;
    metric->anchors[0] = (struct anchor){240000, 10000};
    metric->anchors[1] = (struct anchor){480000, 0};
    scene.reading.metrics[2] = (struct reading){2, 259201, 0}; /* 36 h 0.5 s: 36.00014 h */
    struct score score = scene_score(&scene);
    assert_true(score.metrics[2].has_value);
    assert_int_equal(score.metrics[2].value, 360001);
    assert_false(score.metrics[2].has_worst);
    assert_int_equal(score.metrics[2].points, 5000); /* 4999.94 */

    metric->unit = UNIT_SECONDS;
    metric->anchors[0] = (struct anchor){0, 10000};
    metric->anchors[1] = (struct anchor){600000, 0};
    scene.reading.metrics[2] = (struct reading){2, 61, 0};
    score = scene_score(&scene);
    assert_int_equal(score.metrics[2].value, 305000);
    assert_int_equal(score.metrics[2].points, 4917); /* 4916.67 */

    scene.reading.metrics[2] = (struct reading){0, 0, 0};
    score = scene_score(&scene);
    assert_false(score.metrics[2].has_value);
    assert_false(score.metrics[2].has_points);
}

static void test_score_compute__no_anchors__shown_and_not_scored(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.metrics[0].anchor_count = 0;
    struct score score = scene_score(&scene);
    assert_true(score.metrics[0].has_value);
    assert_false(score.metrics[0].has_points);
    assert_int_equal(score.factors[0].points, 8000); /* of the other metric alone */
}

/* Failures are counted: what is pending may fail, too. */
static void test_score_compute__complement__worst_is_that_all_pending_ones_fail(void **state)
{
    (void)state;
    static const struct {
        struct reading reading;
        bool has_value;
        int64_t value, worst;
    } cases[] = {
        {{100, 3, 7}, true, 300, 935}, /* 10 of 107: 0.09346 */
        {{100, 3, 0}, true, 300, 300},
        {{0, 0, 5}, false, 0, 10000},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene.policy.metrics[0].complement = true;
        scene.reading.metrics[0] = cases[i].reading;
        struct score score = scene_score(&scene);
        assert_int_equal(score.metrics[0].has_value, cases[i].has_value);
        if (cases[i].has_value)
            assert_int_equal(score.metrics[0].value, cases[i].value);
        assert_true(score.metrics[0].has_worst);
        assert_int_equal(score.metrics[0].worst, cases[i].worst);
    }
}

static void test_score_compute__ratio_of_two_populations__may_exceed_one(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    struct metric *metric = &scene.policy.metrics[0];
    metric->measure = (struct measure){
        .kind = MEASURE_TICKETS, .of = ENTITY_TICKET, .milestone = MILESTONE_RULED};
    metric->has_per = true;
    metric->per = (struct measure){.kind = MEASURE_ORDERS};
    metric->anchors[0] = (struct anchor){0, 10000};
    metric->anchors[1] = (struct anchor){1000, 0};
    scene.reading.metrics[0] = (struct reading){200, 3, 0};
    struct score score = scene_score(&scene);
    assert_int_equal(score.metrics[0].value, 150);
    assert_true(score.metrics[0].has_worst);
    assert_int_equal(score.metrics[0].worst, 150);
    assert_int_equal(score.metrics[0].points, 8500); /* 0.015 of the way of 0.1 */

    scene.reading.metrics[0] = (struct reading){10, 25, 0};
    score = scene_score(&scene);
    assert_int_equal(score.metrics[0].value, 25000);
    assert_int_equal(score.metrics[0].points, 0);
}

/* Every kind that counts good ones has a worst value, whether or not any of it can be pending. */
static void test_score_compute__share_without_pending__worst_is_the_value(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.metrics[0].measure = (struct measure){.kind = MEASURE_RATED,
                                                       .of = ENTITY_REVIEW,
                                                       .aspect = ASPECT_LOGISTICS,
                                                       .low = 1,
                                                       .high = 1};
    scene.reading.metrics[0] = (struct reading){40, 1, 0};
    struct score score = scene_score(&scene);
    assert_int_equal(score.metrics[0].value, 250);
    assert_true(score.metrics[0].has_worst);
    assert_int_equal(score.metrics[0].worst, 250);
}

static void test_score_compute__rating__is_twice_the_mean_of_the_stars(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    struct metric *metric = &scene.policy.metrics[0];
    metric->measure =
        (struct measure){.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT};
    metric->unit = UNIT_RATING;
    metric->anchors[0] = (struct anchor){60000, 0};
    metric->anchors[1] = (struct anchor){100000, 10000};
    static const struct {
        int64_t valid, stars, value, points;
    } cases[] = {
        {3, 14, 93333, 8333}, /* 9.33333; 3.33333 of the way of 4 */
        {3, 15, 100000, 10000},
        {2, 6, 60000, 0},
        {7, 7, 20000, 0}, /* the least there is */
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        scene.reading.metrics[0] = (struct reading){cases[i].valid, cases[i].stars, 0};
        struct score score = scene_score(&scene);
        assert_int_equal(score.metrics[0].value, cases[i].value);
        assert_int_equal(score.metrics[0].points, cases[i].points);
        assert_false(score.metrics[0].has_worst);
    }
}

/* --- small samples --- */

static void test_score_compute__small_sample__points_are_blended_until_it_is_full(void **state)
{
    (void)state;
    static const struct {
        struct reading reading;
        bool has_points, blended;
        int64_t points;
    } cases[] = {
        {{0, 0, 3}, false, false, 0},
        {{1, 1, 0}, true, true, 7100},     /* (1 x 10 + 29 x 7) / 30 */
        {{1, 0, 0}, true, true, 6767},     /* 29 x 7 / 30 = 6.7667 */
        {{29, 29, 0}, true, true, 9900},   /* (29 x 10 + 1 x 7) / 30 */
        {{29, 0, 0}, true, true, 233},     /* 7 / 30 = 0.2333 */
        {{30, 30, 0}, true, false, 10000}, /* full */
        {{30, 0, 0}, true, false, 0},
        {{31, 31, 0}, true, false, 10000},
        {{15, 9, 99}, true, true, 6500}, /* (15 x 6 + 15 x 7) / 30: pending ones do not count */
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene.policy.sample_full = 30;
        scene.policy.sample_points = 7000;
        scene.reading.metrics[0] = cases[i].reading;
        struct score score = scene_score(&scene);
        assert_int_equal(score.metrics[0].has_points, cases[i].has_points);
        assert_int_equal(score.metrics[0].blended, cases[i].blended);
        assert_int_equal(score.metrics[0].points, cases[i].points);
    }
}

/* The value is what it is; and without a full sample in the policy its own points are all. */
static void test_score_compute__small_sample__leaves_the_value(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.reading.metrics[0] = (struct reading){1, 0, 0};
    struct score score = scene_score(&scene);
    assert_int_equal(score.metrics[0].points, 0);
    assert_false(score.metrics[0].blended);

    scene.policy.sample_full = 30;
    scene.policy.sample_points = 7000;
    score = scene_score(&scene);
    assert_int_equal(score.metrics[0].value, 0);
    assert_int_equal(score.metrics[0].points, 6767);
    assert_int_equal(score.factors[0].points, 7384); /* (6.767 + 8) / 2 = 7.3835 */
}

static void test_score_compute__no_anchors__nothing_to_blend(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.sample_full = 30;
    scene.policy.sample_points = 7000;
    scene.policy.metrics[0].anchor_count = 0;
    scene.reading.metrics[0] = (struct reading){1, 1, 0};
    struct score score = scene_score(&scene);
    assert_false(score.metrics[0].has_points);
    assert_false(score.metrics[0].blended);
}

/* A third is 3333.33 thousandths: (3 x 3333.33 + 2) / 4 = 2500.5, which 3333 would miss. */
static void test_score_compute__small_sample__is_rounded_once(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.sample_full = 4;
    scene.policy.sample_points = 2;
    scene.reading.metrics[0] = (struct reading){3, 1, 0};
    assert_int_equal(scene_score(&scene).metrics[0].points, 2501);
}

static void test_score_compute__small_sample_of_large_amounts__does_not_overflow(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.sample_full = 1000000;
    scene.policy.sample_points = 7000;
    struct metric *metric = &scene.policy.metrics[0];
    metric->measure = (struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED};
    metric->unit = UNIT_HOURS;
    metric->anchors[0] = (struct anchor){0, 10000};
    metric->anchors[1] = (struct anchor){INT64_C(100000000000), 0};
    /* 5,000,000 hours each, half of the way */
    scene.reading.metrics[0] = (struct reading){999000, INT64_C(999000) * 5000000 * 3600, 0};
    assert_int_equal(scene_score(&scene).metrics[0].points, 5002); /* 0.999 x 5 + 0.001 x 7 */
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_sample_of__counts__are_named),
        unit(test_anchor_points__rising_anchors__linear_between_and_clamped),
        unit(test_anchor_points__falling_anchors__less_is_better),
        unit(test_anchor_points__half_a_thousandth__is_rounded_up),
        unit(test_anchor_points__one_anchor__is_a_constant),
        unit(test_anchor_points__large_sums__do_not_overflow),
        unit(test_score_compute__share__value_and_worst),
        unit(test_score_compute__mean__is_the_amount_in_its_unit_without_a_worst),
        unit(test_score_compute__no_anchors__shown_and_not_scored),
        unit(test_score_compute__complement__worst_is_that_all_pending_ones_fail),
        unit(test_score_compute__ratio_of_two_populations__may_exceed_one),
        unit(test_score_compute__share_without_pending__worst_is_the_value),
        unit(test_score_compute__rating__is_twice_the_mean_of_the_stars),
        unit(test_score_compute__small_sample__points_are_blended_until_it_is_full),
        unit(test_score_compute__small_sample__leaves_the_value),
        unit(test_score_compute__no_anchors__nothing_to_blend),
        unit(test_score_compute__small_sample__is_rounded_once),
        unit(test_score_compute__small_sample_of_large_amounts__does_not_overflow),
    };
    return cmocka_run_group_tests_name("domain/points", tests, NULL, NULL);
}
