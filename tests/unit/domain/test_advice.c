#include "scored.h"

#include "domain/advice.h"

/* --- what is asked --- */

static size_t advice_on(const struct scene *scene, struct advice advice[static POLICY_METRICS_MAX])
{
    struct score score = scene_score(scene);
    return advice_compute(&scene->q, &scene->reading, &scene->around, &score, advice);
}

static void set_target(struct scene *scene, size_t metric, int64_t target)
{
    scene->policy.metrics[metric].has_target = true;
    scene->policy.metrics[metric].target = target;
}

/* The only metric that has a target, and the advice on it. */
static bool only_advice(const struct scene *scene, struct advice *ret_advice)
{
    struct advice advice[POLICY_METRICS_MAX];
    size_t count = advice_on(scene, advice);
    assert_true(count <= 1);
    *ret_advice = advice[0];
    return count == 1;
}

/* A scene whose first metric is this one and reads this. */
static void scene_of(struct scene *scene, struct metric metric, struct reading reading)
{
    scene_begin(scene);
    metric.factor = 0;
    metric.weight = 500;
    metric.window_days = 30;
    metric.has_target = true;
    scene->policy.metrics[0] = metric;
    scene->reading.metrics[0] = reading;
}

static const struct metric more_is_better = {
    .measure = {.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_DAYS},
    .unit = UNIT_RATIO,
    .higher_is_better = true,
    .anchor_count = 2,
    .anchors = {{0, 0}, {10000, 10000}},
};

static const struct metric failures = {
    .measure = {.kind = MEASURE_RATED,
                .of = ENTITY_REVIEW,
                .aspect = ASPECT_LOGISTICS,
                .low = 1,
                .high = 1},
    .unit = UNIT_RATIO,
    .anchor_count = 2,
    .anchors = {{0, 10000}, {10000, 0}},
};

static const struct metric disputes = {
    .measure = {.kind = MEASURE_TICKETS,
                .of = ENTITY_TICKET,
                .milestone = MILESTONE_RULED,
                .tickets = 1U << TICKET_DISPUTE},
    .has_per = true,
    .per = {.kind = MEASURE_ORDERS, .of = ENTITY_ORDER},
    .unit = UNIT_RATIO,
    .anchor_count = 2,
    .anchors = {{0, 10000}, {10000, 0}},
};

static const struct metric stars = {
    .measure = {.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT},
    .unit = UNIT_RATING,
    .higher_is_better = true,
    .anchor_count = 2,
    .anchors = {{0, 0}, {100000, 10000}},
};

static const struct metric hours = {
    .measure = {.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED},
    .unit = UNIT_HOURS,
    .anchor_count = 2,
    .anchors = {{0, 10000}, {1000000, 0}},
};

static const struct metric seconds = {
    .measure = {.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = 1U << TICKET_CHAT},
    .unit = UNIT_SECONDS,
    .anchor_count = 2,
    .anchors = {{0, 10000}, {1000000, 0}},
};

/* --- gains --- */

/* 90 %, 80 %, 70 % are 9, 8 and 7 points; factors 8.5 and 7, weights 0.6 and 0.4: 7.9. */
static void test_advice_compute__hand_made__gains_of_composite_and_factor_in_order(void **state)
{
    (void)state;
    struct scene scene;
    struct advice advice[POLICY_METRICS_MAX];
    scene_begin(&scene);
    for (size_t m = 0; m < 3; m++)
        scene.policy.metrics[m].higher_is_better = true;
    set_target(&scene, 0, 9000); /* stands on it */
    set_target(&scene, 1, 9500); /* 9.5: the factor 9.25, the score 8.35 */
    set_target(&scene, 2, 9000); /* 9: the score 8.7 */
    assert_int_equal(advice_on(&scene, advice), 2);
    assert_int_equal(advice[0].metric, 2);
    assert_true(advice[0].has_gain);
    assert_int_equal(advice[0].gain, 800);
    assert_int_equal(advice[0].factor_gain, 2000);
    assert_int_equal(advice[1].metric, 1);
    assert_int_equal(advice[1].gain, 450);
    assert_int_equal(advice[1].factor_gain, 750);
}

static void test_advice_compute__equal_gains__in_the_policys_order(void **state)
{
    (void)state;
    struct scene scene;
    struct advice advice[POLICY_METRICS_MAX];
    scene_begin(&scene);
    scene.reading.metrics[0] = scene.reading.metrics[1];
    for (size_t m = 0; m < 2; m++) {
        scene.policy.metrics[m].higher_is_better = true;
        set_target(&scene, m, 9000);
    }
    assert_int_equal(advice_on(&scene, advice), 2);
    assert_int_equal(advice[0].metric, 0);
    assert_int_equal(advice[1].metric, 1);
    assert_int_equal(advice[0].gain, advice[1].gain);
}

static void test_advice_compute__no_composite__the_factors_gain_alone(void **state)
{
    (void)state;
    struct scene scene;
    struct advice advice;
    scene_begin(&scene);
    scene.reading.metrics[0] = scene.reading.metrics[1] = (struct reading){0, 0, 0}; /* required */
    scene.policy.metrics[2].higher_is_better = true;
    set_target(&scene, 2, 8000);
    assert_true(only_advice(&scene, &advice));
    assert_false(advice.has_gain);
    assert_int_equal(advice.factor_gain, 1000);
}

static void test_advice_compute__nothing_to_gain__is_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t target, valid, sum, weight;
        size_t anchors;
        bool has_target, advised;
    } cases[] = {
        {"short of it", 9000, 100, 80, 500, 2, true, true},
        {"exactly on it", 8000, 100, 80, 500, 2, true, false},
        {"beyond it", 7999, 100, 80, 500, 2, true, false},
        {"a hair short", 8001, 100, 80, 500, 2, true, true},
        {"no data", 9000, 0, 0, 500, 2, true, false},
        {"no target", 9000, 100, 80, 500, 2, false, false},
        {"no weight", 9000, 100, 80, 0, 2, true, false},
        {"points are the same everywhere", 9000, 100, 80, 500, 1, true, false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        struct advice advice;
        scene_of(&scene, more_is_better, (struct reading){cases[i].valid, cases[i].sum, 0});
        /* Steep, so that a hair shows. */
        scene.policy.metrics[0].anchors[0] = (struct anchor){7900, 0};
        scene.policy.metrics[0].anchor_count = cases[i].anchors;
        scene.policy.metrics[0].target = cases[i].target;
        scene.policy.metrics[0].has_target = cases[i].has_target;
        scene.policy.metrics[0].weight = cases[i].weight;
        if (only_advice(&scene, &advice) != cases[i].advised)
            fail_msg("%s", cases[i].what);
    }
}

static void test_advice_compute__beside_the_composite__is_left_out(void **state)
{
    (void)state;
    struct scene scene;
    struct advice advice;
    scene_of(&scene, more_is_better, (struct reading){100, 80, 0});
    scene.policy.metrics[0].target = 9000;
    assert_true(only_advice(&scene, &advice));
    scene.policy.factors[0].weight = 0;
    assert_false(only_advice(&scene, &advice));
    scene.policy.factors[0].weight = 600;
    scene.policy.scored_metric_count = 0;
    assert_false(only_advice(&scene, &advice));
}

/* Where a whole reading stands exactly at the target, the gain is what the score makes of it. */
static void test_advice_compute__readings_that_hit_the_target__gain_as_the_score_says(void **state)
{
    (void)state;
    const struct metric *const kinds[] = {&more_is_better, &failures, &stars, &hours, &seconds};
    size_t seen = 0, blended = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        random_seed(seed);
        const struct metric *kind = kinds[random_below(LENGTH(kinds))];
        int64_t scale = kind->unit == UNIT_HOURS ? 3600 : 1;
        int64_t per = kind->unit == UNIT_RATING ? 20000 : 10000;
        int64_t most = kind->anchors[1].value;
        int64_t valid = 1 + (int64_t)random_below(60);
        int64_t target = (int64_t)random_below((uint64_t)most / 100) * 100;
        if (target * valid * scale % per != 0)
            continue;
        int64_t sum = (int64_t)random_below((uint64_t)(most * valid * scale / per) + 1);

        struct scene scene;
        scene_of(&scene, *kind, (struct reading){valid, sum, 0});
        scene.policy.metrics[0].target = target;
        scene.policy.metrics[0].anchors[1].value -= (int64_t)random_below(99);
        scene.policy.sample_full = random_below(2) == 0 ? 0 : 1 + (int64_t)random_below(60);
        scene.policy.sample_points = 7000;
        scene.policy.bonus = (struct bonus){.each = 100, .cap = 300};
        scene.around.services = random_below(5);

        struct scene then = scene;
        then.q.policy = &then.policy;
        then.reading.metrics[0].sum = target * valid * scale / per;
        struct score before = scene_score(&scene), after = scene_score(&then);
        int64_t gain = after.points - before.points;
        bool is_short = kind->higher_is_better ? sum < then.reading.metrics[0].sum
                                               : sum > then.reading.metrics[0].sum;
        struct advice advice;
        bool advised = only_advice(&scene, &advice);
        assert_int_equal(advised, is_short && gain > 0);
        if (!advised)
            continue;
        assert_int_equal(advice.gain, gain);
        assert_int_equal(advice.factor_gain, after.factors[0].points - before.factors[0].points);
        seen++;
        blended += before.metrics[0].blended;
    }
    assert_true(seen > 2000 && blended > 500);
}

/* --- events --- */

static void test_advice_compute__hand_made__least_events(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const struct metric *metric;
        int64_t target;
        struct reading reading;
        int64_t events, pending; /* events 0: none do */
    } cases[] = {
        {"90 of 100, 95 %: 190 of 200", &more_is_better, 9500, {100, 90, 0}, 100, 0},
        {"94 of 100, 95 %: 114 of 120", &more_is_better, 9500, {100, 94, 4}, 20, 4},
        {"more pending than needed", &more_is_better, 9500, {100, 94, 40}, 20, 20},
        {"99.99 %", &more_is_better, 9999, {1, 0, 0}, 9999, 0},
        {"all of them, and one was not", &more_is_better, 10000, {100, 99, 3}, 0, 0},
        {"3 of 100, 2 %: 3 of 150", &failures, 200, {100, 3, 0}, 50, 0},
        {"1 of 3, 30 %: 1 of 4", &failures, 3000, {3, 1, 0}, 1, 0},
        {"none may fail", &failures, 0, {100, 1, 0}, 0, 0},
        {"2 disputes, 0.1 %: 2 of 2000", &disputes, 10, {500, 2, 0}, 1500, 0},
        {"4 stars of one, 9: (4 + 5k) x 2 of 1 + k", &stars, 90000, {1, 4, 0}, 1, 0},
        {"1 star of one, 9.9", &stars, 99000, {1, 1, 0}, 79, 0},
        {"ten out of ten", &stars, 100000, {10, 49, 0}, 0, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        struct advice advice;
        scene_of(&scene, *cases[i].metric, cases[i].reading);
        scene.policy.metrics[0].target = cases[i].target;
        if (!only_advice(&scene, &advice))
            fail_msg("%s: no advice", cases[i].what);
        if (advice.has_events != (cases[i].events > 0) ||
            (advice.has_events && advice.events != cases[i].events))
            fail_msg("%s: %d", cases[i].what, (int)advice.events);
        if (advice.has_events)
            assert_int_equal(advice.pending, cases[i].pending);
        assert_false(advice.has_to_save);
    }
}

/* Whether it is reached with k further events, by the rule. */
static bool reaches(const struct metric *metric, const struct reading *reading, int64_t k)
{
    int64_t valid = reading->valid + k;
    if (metric->unit == UNIT_RATING)
        return 2 * (reading->sum + 5 * k) * 10000 >= metric->target * valid;
    if (metric->higher_is_better)
        return (reading->sum + k) * 10000 >= metric->target * valid;
    return reading->sum * 10000 <= metric->target * valid;
}

static void test_advice_compute__random__events_are_the_least_that_brute_force_finds(void **state)
{
    (void)state;
    const struct metric *const kinds[] = {&more_is_better, &failures, &disputes, &stars};
    size_t seen = 0;
    for (uint64_t seed = 1; seed <= 5000; seed++) {
        random_seed(seed);
        struct metric metric = *kinds[random_below(LENGTH(kinds))];
        bool rating = metric.unit == UNIT_RATING;
        metric.target = (int64_t)random_below(rating ? 100001 : 10001);
        int64_t valid = 1 + (int64_t)random_below(200);
        struct reading reading = {
            valid, (int64_t)random_below((uint64_t)(rating ? 5 : 1) * (uint64_t)valid + 1),
            (int64_t)random_below(10)};
        struct scene scene;
        struct advice advice;
        scene_of(&scene, metric, reading);
        if (!only_advice(&scene, &advice))
            continue;
        int64_t k = 0;
        while (k < 100000 && !reaches(&scene.policy.metrics[0], &reading, k))
            k++;
        if (k == 100000) {
            assert_true(!advice.has_events || advice.events >= k);
            continue;
        }
        assert_true(advice.has_events);
        assert_int_equal(advice.events, k);
        assert_int_equal(advice.pending, k < reading.pending ? k : reading.pending);
        seen++;
    }
    assert_true(seen > 1000);
}

/* --- durations --- */

static void test_advice_compute__durations__seconds_to_save(void **state)
{
    (void)state;
    static const struct {
        const struct metric *metric;
        int64_t target;
        struct reading reading;
        int64_t to_save;
    } cases[] = {
        {&hours, 240000, {2, 180000, 0}, 7200},     /* 2 x 24 h = 172800 s */
        {&hours, 1, {1, 3600, 0}, 3600},            /* 0.36 s: none may last */
        {&hours, 25, {3, 28, 0}, 1},                /* 3 x 9 s */
        {&seconds, 400000, {10, 401, 0}, 1},        /* 10 x 40 s */
        {&seconds, 405000, {3, 200, 0}, 200 - 121}, /* 121.5 s */
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        struct advice advice;
        scene_of(&scene, *cases[i].metric, cases[i].reading);
        scene.policy.metrics[0].target = cases[i].target;
        /* Steep, so that a second shows. */
        scene.policy.metrics[0].anchors[0].value = cases[i].target;
        scene.policy.metrics[0].anchors[1].value = cases[i].target + 10;
        assert_true(only_advice(&scene, &advice));
        assert_false(advice.has_events);
        assert_true(advice.has_to_save);
        assert_int_equal(advice.to_save, cases[i].to_save);
    }
}

/* The widest numbers that a policy and a store can have. */
static void test_advice_compute__large_numbers__do_not_overflow(void **state)
{
    (void)state;
    struct scene scene;
    struct advice advice;
    scene_of(&scene, hours, (struct reading){2000000000, INT64_C(7200000000000000000), 0});
    scene.policy.metrics[0].target = INT64_C(5000000000); /* 500,000 h: half of what there is */
    scene.policy.metrics[0].anchors[1].value = INT64_C(100000000000);
    scene.policy.sample_full = 1000000;
    assert_true(only_advice(&scene, &advice));
    assert_int_equal(advice.to_save, INT64_C(3600000000000000000));
    /* From 9 points (a million of ten million hours) to 9.5, a half of 0.6. */
    assert_int_equal(advice.gain, 150);
}

/* --- words --- */

static void test_advice_format__kinds__have_words(void **state)
{
    (void)state;
    struct metric late = more_is_better, replies = more_is_better;
    late.measure = (struct measure){
        .kind = MEASURE_WITHIN, .milestone = MILESTONE_SHIPPED, .limit = LIMIT_PROMISE};
    late.complement = true;
    late.higher_is_better = false;
    replies.measure = (struct measure){.kind = MEASURE_WITHIN,
                                       .of = ENTITY_TICKET,
                                       .milestone = MILESTONE_REPLIED,
                                       .limit = LIMIT_SECONDS,
                                       .n = 30,
                                       .tickets = 1U << TICKET_CHAT};
    const struct {
        const struct metric *metric;
        struct advice advice;
        const char *text;
    } cases[] = {
        {&more_is_better,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 12},
         "12 more orders collected the same day: +0.080"},
        {&more_is_better,
         {.has_gain = true, .gain = 1005, .has_events = true, .events = 1},
         "1 more order collected the same day: +1.005"},
        {&more_is_better,
         {.factor_gain = 320, .has_events = true, .events = 2},
         "2 more orders collected the same day: +0.320 of the factor"},
        {&more_is_better,
         {.has_gain = true, .gain = 80},
         "when what fell short has left the window: +0.080"},
        {&late,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 3},
         "3 more orders shipped as promised: +0.080"},
        {&replies,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 3},
         "3 more chats answered within 30 s: +0.080"},
        {&failures,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 50},
         "50 more logistics reviews not rated 1 star: +0.080"},
        {&disputes,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 1500},
         "1500 more orders without another dispute: +0.080"},
        {&stars,
         {.has_gain = true, .gain = 80, .has_events = true, .events = 1},
         "1 more product review of 5 stars: +0.080"},
        {&hours,
         {.has_gain = true, .gain = 80, .has_to_save = true, .to_save = 7200},
         "7200 seconds less in sum: +0.080"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct policy policy = {.metrics = {*cases[i].metric}};
        char text[ADVICE_TEXT_SIZE];
        advice_format(&policy, &cases[i].advice, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_advice_compute__hand_made__gains_of_composite_and_factor_in_order),
        cmocka_unit_test(test_advice_compute__equal_gains__in_the_policys_order),
        cmocka_unit_test(test_advice_compute__no_composite__the_factors_gain_alone),
        cmocka_unit_test(test_advice_compute__nothing_to_gain__is_left_out),
        cmocka_unit_test(test_advice_compute__beside_the_composite__is_left_out),
        cmocka_unit_test(test_advice_compute__readings_that_hit_the_target__gain_as_the_score_says),
        cmocka_unit_test(test_advice_compute__hand_made__least_events),
        cmocka_unit_test(test_advice_compute__random__events_are_the_least_that_brute_force_finds),
        cmocka_unit_test(test_advice_compute__durations__seconds_to_save),
        cmocka_unit_test(test_advice_compute__large_numbers__do_not_overflow),
        cmocka_unit_test(test_advice_format__kinds__have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
