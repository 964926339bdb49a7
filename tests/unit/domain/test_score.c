#include "written.h"

#include "domain/score.h"

#define HOUR US_PER_HOUR

/* A small generator of one's own, so that a seed gives the same cases everywhere. */
static uint64_t random_state;

static uint64_t random_below(uint64_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % bound;
}

/* A reading of 15 January, noon, with feeds that spoke just then. */
struct scene {
    struct zone zone;
    struct policy policy;
    struct question q;
    struct score_reading reading;
    struct feeds feeds;
};

static const struct measure share = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24};

/* Points are the value times 10: 0.8 of a share is 8 points. */
static struct metric share_metric(size_t factor, int64_t weight)
{
    return (struct metric){.measure = share,
                           .unit = UNIT_RATIO,
                           .window_days = 30,
                           .factor = factor,
                           .weight = weight,
                           .anchor_count = 2,
                           .anchors = {{0, 0}, {10000, 10000}}};
}

/* Two factors: the first of two metrics and required, the second of one. */
static void scene_begin(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    zone_fixed(&scene->zone, 8 * 60);
    scene->policy = (struct policy){
        .silent_after_s = 24 * 3600,
        .novice_orders = 15,
        .novice_days = 90,
        .min_factors = 1,
        .factor_count = 2,
        .factors = {{.weight = 600, .required = true, .metric_first = 0, .metric_count = 2},
                    {.weight = 400, .metric_first = 2, .metric_count = 1}},
        .metric_count = 3,
        .metrics = {share_metric(0, 500), share_metric(0, 500), share_metric(1, 1000)},
        .scored_metric_count = 3,
        .star_count = 3,
        .stars = {{9500, 50}, {8000, 45}, {7000, 40}},
    };
    scene->q = (struct question){&scene->policy, &scene->zone.calendar, at("15T12:00"), BASIS_LIVE};
    scene->reading = (struct score_reading){
        .metrics = {{100, 90, 0}, {100, 80, 0}, {100, 70, 0}},
        .recent_orders = 100,
        .next_change = INSTANT_NEVER,
    };
    for (int feed = 0; feed < FEEDS; feed++)
        scene->feeds.through[feed] = scene->q.t;
}

static struct score scene_score(const struct scene *scene)
{
    struct score score;
    score_compute(&scene->q, &scene->reading, &scene->feeds, &score);
    return score;
}

static void test_window_of__basis__moves_the_window_only(void **state)
{
    (void)state;
    static const struct {
        enum basis basis;
        int32_t days, first, last;
    } cases[] = {{BASIS_LIVE, 30, 71, 100},
                 {BASIS_OFFICIAL, 30, 70, 99},
                 {BASIS_LIVE, 1, 100, 100},
                 {BASIS_OFFICIAL, 1, 99, 99}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct window window = window_of(cases[i].basis, 100, cases[i].days);
        assert_int_equal(window.first_day, cases[i].first);
        assert_int_equal(window.last_day, cases[i].last);
    }
}

static void test_sample_of__counts__are_named(void **state)
{
    (void)state;
    static const struct {
        int64_t valid;
        const char *name;
    } cases[] = {{0, "none"}, {1, "very_low"}, {9, "very_low"},  {10, "low"},
                 {29, "low"}, {30, "full"},    {1000000, "full"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(sample_name(sample_of(cases[i].valid)), cases[i].name);
}

static void test_names__values__have_the_contracts_words(void **state)
{
    (void)state;
    assert_string_equal(score_status_name(STATUS_UNKNOWN), "unknown");
    assert_string_equal(score_status_name(STATUS_NOVICE), "novice");
    assert_string_equal(score_status_name(STATUS_INSUFFICIENT), "insufficient");
    assert_string_equal(score_status_name(STATUS_SCORED), "scored");
    assert_null(feed_name(FEED_NONE));
    assert_string_equal(feed_name(FEED_ORDERS), "orders");
    assert_string_equal(feed_name(FEED_COLLECTIONS), "collections");
    assert_string_equal(feed_name(FEED_TICKETS), "tickets");
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
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
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
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
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

/* --- sharing out --- */

static void test_share_out__hand_made__largest_remainder_and_ties_to_the_earlier(void **state)
{
    (void)state;
    static const struct {
        int64_t total;
        size_t count;
        int64_t parts[4], shares[4];
    } cases[] = {
        {10, 3, {1, 1, 1}, {4, 3, 3}},
        {11, 3, {1, 1, 1}, {4, 4, 3}},
        {12, 3, {1, 1, 1}, {4, 4, 4}},
        {10, 2, {1, 2}, {3, 7}},      /* 3.33, 6.67 */
        {7, 3, {5, 3, 2}, {4, 2, 1}}, /* 3.5, 2.1, 1.4 */
        {8, 3, {2, 3, 5}, {2, 2, 4}}, /* 1.6, 2.4, 4.0 */
        {1, 4, {0, 0, 3, 3}, {0, 0, 1, 0}},
        {1, 4, {0, 0, 0, 9}, {0, 0, 0, 1}},
        {0, 3, {4, 5, 6}, {0, 0, 0}},
        {5, 2, {0, 0}, {0, 0}},
        {5, 0, {0}, {0}},
        {99, 1, {7}, {99}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t shares[4] = {0};
        share_out(cases[i].total, cases[i].parts, cases[i].count, shares);
        for (size_t k = 0; k < cases[i].count; k++)
            assert_int_equal(shares[k], cases[i].shares[k]);
    }
}

/* The shares sum to the total; none is a whole unit from its exact part; who got a unit more had no
 * smaller remainder. */
static void test_share_out__random__adds_up_and_is_fair(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        size_t count = 1 + random_below(8);
        int64_t total = (int64_t)random_below(10001), parts[8], shares[8], sum = 0, shared = 0;
        for (size_t i = 0; i < count; i++) {
            parts[i] = random_below(4) == 0 ? 0 : (int64_t)random_below(seed % 2 ? 12 : 10000000);
            sum += parts[i];
        }
        share_out(total, parts, count, shares);
        if (sum == 0)
            continue;
        for (size_t i = 0; i < count; i++) {
            int64_t whole = total * parts[i] / sum, rest = total * parts[i] % sum;
            bool more = shares[i] == whole + 1;
            shared += shares[i];
            if (!more && shares[i] != whole)
                fail_msg("seed %llu: share %zu is %lld", (unsigned long long)seed, i,
                         (long long)shares[i]);
            for (size_t k = 0; more && k < count; k++) {
                int64_t other_rest = total * parts[k] % sum;
                bool other_more = shares[k] > total * parts[k] / sum;
                if (!other_more && (other_rest > rest || (other_rest == rest && k < i)))
                    fail_msg("seed %llu: %zu was served before %zu", (unsigned long long)seed, i,
                             k);
            }
        }
        if (shared != total)
            fail_msg("seed %llu: %lld instead of %lld", (unsigned long long)seed, (long long)shared,
                     (long long)total);
    }
}

/* --- feeds --- */

static void test_feed_is_stale__silence__is_longer_than_the_limit(void **state)
{
    (void)state;
    const struct policy policy = {.silent_after_s = 24 * 3600};
    const struct policy never = {.silent_after_s = 0};
    struct feeds feeds;
    for (int feed = 0; feed < FEEDS; feed++)
        feeds.through[feed] = at("10T12:00");
    for (enum feed feed = FEED_ORDERS; feed <= FEED_TICKETS; feed++) {
        assert_false(feed_is_stale(&policy, &feeds, feed, at("10T12:00")));
        assert_false(feed_is_stale(&policy, &feeds, feed, at("11T12:00")));
        assert_true(feed_is_stale(&policy, &feeds, feed, at("11T12:00:00.000001")));
        assert_false(feed_is_stale(&never, &feeds, feed, at("31T12:00")));
        feeds.through[feed] = INSTANT_NEVER;
        assert_int_equal(feed_is_stale(&policy, &feeds, feed, at("10T12:00")),
                         feed != FEED_TICKETS);
        assert_false(feed_is_stale(&never, &feeds, feed, at("10T12:00")));
    }
}

static void test_feeds_next_change__first_to_fall_silent__just_after_the_limit(void **state)
{
    (void)state;
    const struct policy policy = {.silent_after_s = 24 * 3600};
    const struct policy never = {.silent_after_s = 0};
    const struct feeds feeds = {.through = {[FEED_ORDERS] = at("10T12:00"),
                                            [FEED_COLLECTIONS] = at("10T11:00"),
                                            [FEED_TICKETS] = at("10T10:00")}};
    static const struct {
        enum feed last;
        const char *t, *next;
    } cases[] = {
        {FEED_TICKETS, "10T12:00", "11T10:00:00.000001"},
        {FEED_COLLECTIONS, "10T12:00", "11T11:00:00.000001"},
        {FEED_ORDERS, "10T12:00", "11T12:00:00.000001"},
        {FEED_TICKETS, "11T10:00", "11T10:00:00.000001"},
        {FEED_TICKETS, "11T10:00:00.000001", "11T11:00:00.000001"},
        {FEED_TICKETS, "11T12:00:00.000001", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_instant(feeds_next_change(&policy, &feeds, cases[i].last, at(cases[i].t)),
                       at(cases[i].next));
    assert_instant(feeds_next_change(&never, &feeds, FEED_TICKETS, at("10T12:00")), INSTANT_NEVER);
    const struct feeds mute = {.through = {{INT64_MAX}, {INT64_MAX}, {INT64_MAX}, {INT64_MAX}}};
    assert_instant(feeds_next_change(&policy, &mute, FEED_TICKETS, at("10T12:00")), INSTANT_NEVER);
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
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
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

/* --- the composite --- */

static void assert_contributions(const struct score *score, int64_t factor0, int64_t factor1,
                                 int64_t metric0, int64_t metric1, int64_t metric2)
{
    assert_int_equal(score->factors[0].contribution, factor0);
    assert_int_equal(score->factors[1].contribution, factor1);
    assert_int_equal(score->metrics[0].contribution, metric0);
    assert_int_equal(score->metrics[1].contribution, metric1);
    assert_int_equal(score->metrics[2].contribution, metric2);
}

static void test_score_compute__weights__make_factors_and_the_composite(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    struct score score = scene_score(&scene);
    assert_int_equal(score.factors[0].points, 8500);
    assert_int_equal(score.factors[1].points, 7000);
    assert_true(score.has_points);
    assert_int_equal(score.base, 7900); /* 0.6 * 8.5 + 0.4 * 7 */
    assert_int_equal(score.points, score.base + score.bonus);
    assert_contributions(&score, 5100, 2800, 2700, 2400, 2800);
    assert_int_equal(score.status, STATUS_SCORED);

    scene.policy.metrics[0].weight = 750;
    scene.policy.metrics[1].weight = 250;
    score = scene_score(&scene);
    assert_int_equal(score.factors[0].points, 8750);
    assert_int_equal(score.base, 8050);
    assert_contributions(&score, 5250, 2800, 4050, 1200, 2800); /* 5250 by 27 : 8 is 4050 : 1200 */
}

static void test_score_compute__missing_parts__weights_are_those_of_the_rest(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.reading.metrics[1] = (struct reading){0, 0, 7};
    struct score score = scene_score(&scene);
    assert_int_equal(score.factors[0].points, 9000);
    assert_int_equal(score.base, 8200); /* 0.6 * 9 + 0.4 * 7 */
    assert_contributions(&score, 5400, 2800, 5400, 0, 2800);

    scene_begin(&scene);
    scene.reading.metrics[2] = (struct reading){0, 0, 0};
    score = scene_score(&scene);
    assert_false(score.factors[1].has_points);
    assert_true(score.has_points);
    assert_int_equal(score.base, 8500);
    assert_contributions(&score, 8500, 0, 4500, 4000, 0);
}

static void test_score_compute__required_factor_missing__composite_is_null(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.reading.metrics[0] = scene.reading.metrics[1] = (struct reading){0, 0, 0};
    struct score score = scene_score(&scene);
    assert_false(score.has_points);
    assert_false(score.has_star);
    assert_int_equal(score.status, STATUS_INSUFFICIENT);
    /* the parts can still be read: weight times points */
    assert_true(score.factors[1].has_points);
    assert_contributions(&score, 0, 2800, 0, 0, 2800);
}

static void test_score_compute__too_few_factors__composite_is_null(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.min_factors = 2;
    assert_true(scene_score(&scene).has_points);
    scene.reading.metrics[2] = (struct reading){0, 0, 0};
    struct score score = scene_score(&scene);
    assert_false(score.has_points);
    assert_int_equal(score.status, STATUS_INSUFFICIENT);
    assert_contributions(&score, 5100, 0, 2700, 2400, 0);
}

static void test_score_compute__nothing_at_all__is_null_and_not_zero(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.min_factors = 0;
    scene.policy.factors[0].required = false;
    memset(scene.reading.metrics, 0, sizeof scene.reading.metrics);
    assert_false(scene_score(&scene).has_points);
    scene.policy.factor_count = scene.policy.metric_count = 0;
    assert_false(scene_score(&scene).has_points);
}

static void test_score_compute__points_of_zero__are_points(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    for (size_t i = 0; i < 3; i++)
        scene.reading.metrics[i] = (struct reading){100, 0, 0};
    struct score score = scene_score(&scene);
    assert_true(score.has_points);
    assert_int_equal(score.points, 0);
    assert_contributions(&score, 0, 0, 0, 0, 0);
}

/* Thirds: 3 x 3.333 would be 9.999. */
static void test_score_compute__thirds__still_add_up(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.factor_count = 1;
    scene.policy.factors[0] = (struct factor){.weight = 1000, .metric_first = 0, .metric_count = 3};
    for (size_t i = 0; i < 3; i++) {
        scene.policy.metrics[i] = share_metric(0, 333);
        scene.reading.metrics[i] = (struct reading){10, 10, 0};
    }
    struct score score = scene_score(&scene);
    assert_int_equal(score.base, 10000);
    assert_int_equal(score.metrics[0].contribution, 3334);
    assert_int_equal(score.metrics[1].contribution, 3333);
    assert_int_equal(score.metrics[2].contribution, 3333);
}

static void random_scene(struct scene *scene)
{
    struct policy *policy = &scene->policy;
    policy->factor_count = 1 + random_below(5);
    policy->min_factors = (int32_t)random_below(4);
    policy->metric_count = 0;
    for (size_t f = 0; f < policy->factor_count; f++) {
        policy->factors[f] = (struct factor){.weight = 1 + (int64_t)random_below(1000),
                                             .required = random_below(5) == 0,
                                             .metric_first = policy->metric_count,
                                             .metric_count = 1 + random_below(4)};
        for (size_t i = 0; i < policy->factors[f].metric_count; i++) {
            size_t m = policy->metric_count++;
            policy->metrics[m] = share_metric(f, (int64_t)random_below(1001));
            int64_t valid = random_below(4) == 0 ? 0 : (int64_t)random_below(1000);
            scene->reading.metrics[m] = (struct reading){
                valid, (int64_t)random_below((uint64_t)valid + 1), (int64_t)random_below(3)};
        }
    }
}

static void test_score_compute__random__every_level_adds_up(void **state)
{
    (void)state;
    static struct scene scene;
    scene_begin(&scene);
    int composites = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        random_scene(&scene);
        struct score score = scene_score(&scene);
        int64_t factors = 0;
        for (size_t f = 0; f < scene.policy.factor_count; f++) {
            const struct factor *factor = &scene.policy.factors[f];
            int64_t metrics = 0;
            for (size_t i = 0; i < factor->metric_count; i++)
                metrics += score.metrics[factor->metric_first + i].contribution;
            if (metrics != score.factors[f].contribution)
                fail_msg("seed %llu: factor %zu has %lld, its metrics %lld",
                         (unsigned long long)seed, f, (long long)score.factors[f].contribution,
                         (long long)metrics);
            factors += score.factors[f].contribution;
        }
        composites += score.has_points;
        if (score.has_points && (factors != score.base || score.points != score.base + score.bonus))
            fail_msg("seed %llu: base %lld, factors %lld", (unsigned long long)seed,
                     (long long)score.base, (long long)factors);
    }
    assert_in_range(composites, 5000, 19999);
}

static void test_score_compute__stars__are_cut_at_or_above(void **state)
{
    (void)state;
    static const struct {
        int64_t percent; /* of each metric: the composite's points, in tenths */
        bool has_star;
        int64_t star;
    } cases[] = {{1000, true, 50}, {950, true, 50}, {949, true, 45}, {800, true, 45},
                 {799, true, 40},  {700, true, 40}, {699, false, 0}, {0, false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_begin(&scene);
        for (size_t m = 0; m < 3; m++)
            scene.reading.metrics[m] = (struct reading){1000, cases[i].percent, 0};
        struct score score = scene_score(&scene);
        assert_int_equal(score.points, cases[i].percent * 10);
        assert_int_equal(score.has_star, cases[i].has_star);
        if (cases[i].has_star)
            assert_int_equal(score.star, cases[i].star);
    }
}

/* --- status and the next change --- */

static void test_score_compute__status__is_the_first_that_applies(void **state)
{
    (void)state;
    static const struct {
        bool orders_silent, collections_silent, tickets_silent, novice, null;
        enum score_status live, official;
    } cases[] = {
        {false, false, false, false, false, STATUS_SCORED, STATUS_SCORED},
        {false, false, false, false, true, STATUS_INSUFFICIENT, STATUS_INSUFFICIENT},
        {false, false, false, true, false, STATUS_NOVICE, STATUS_NOVICE},
        {false, false, false, true, true, STATUS_NOVICE, STATUS_NOVICE},
        {true, false, false, false, false, STATUS_UNKNOWN, STATUS_SCORED},
        {false, true, false, false, false, STATUS_UNKNOWN, STATUS_SCORED},
        {true, true, true, true, true, STATUS_UNKNOWN, STATUS_NOVICE},
        {false, false, true, false, false, STATUS_SCORED, STATUS_SCORED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene);
        struct instant silent = shifted(scene.q.t, -24 * HOUR - 1),
                       spoke = shifted(scene.q.t, -24 * HOUR);
        scene.feeds.through[FEED_ORDERS] = cases[i].orders_silent ? silent : spoke;
        scene.feeds.through[FEED_COLLECTIONS] = cases[i].collections_silent ? silent : spoke;
        scene.feeds.through[FEED_TICKETS] = cases[i].tickets_silent ? silent : spoke;
        scene.reading.recent_orders = cases[i].novice ? 14 : 15;
        if (cases[i].null)
            memset(scene.reading.metrics, 0, sizeof scene.reading.metrics);
        assert_int_equal(scene_score(&scene).status, cases[i].live);
        scene.q.basis = BASIS_OFFICIAL;
        assert_int_equal(scene_score(&scene).status, cases[i].official);
    }
}

static void test_score_next_change__least_of_midnight_marks_and_feeds(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds), at("16T00:00"));
    scene.feeds.through[FEED_COLLECTIONS] = at("14T20:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds),
                   at("15T20:00:00.000001"));
    scene.feeds.through[FEED_TICKETS] = at("14T13:00"); /* a score does not look at it */
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds),
                   at("15T20:00:00.000001"));
    scene.reading.next_change = at("15T19:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds), at("15T19:00"));
    scene.reading.next_change = INSTANT_NEVER;
    scene.q.basis = BASIS_OFFICIAL;
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds), at("16T00:00"));
    scene.q.t = at("16T00:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds), at("17T00:00"));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_window_of__basis__moves_the_window_only),
        unit(test_sample_of__counts__are_named),
        unit(test_names__values__have_the_contracts_words),
        unit(test_anchor_points__rising_anchors__linear_between_and_clamped),
        unit(test_anchor_points__falling_anchors__less_is_better),
        unit(test_anchor_points__half_a_thousandth__is_rounded_up),
        unit(test_anchor_points__one_anchor__is_a_constant),
        unit(test_anchor_points__large_sums__do_not_overflow),
        unit(test_share_out__hand_made__largest_remainder_and_ties_to_the_earlier),
        unit(test_share_out__random__adds_up_and_is_fair),
        unit(test_feed_is_stale__silence__is_longer_than_the_limit),
        unit(test_feeds_next_change__first_to_fall_silent__just_after_the_limit),
        unit(test_score_compute__share__value_and_worst),
        unit(test_score_compute__mean__is_the_amount_in_its_unit_without_a_worst),
        unit(test_score_compute__no_anchors__shown_and_not_scored),
        unit(test_score_compute__weights__make_factors_and_the_composite),
        unit(test_score_compute__missing_parts__weights_are_those_of_the_rest),
        unit(test_score_compute__required_factor_missing__composite_is_null),
        unit(test_score_compute__too_few_factors__composite_is_null),
        unit(test_score_compute__nothing_at_all__is_null_and_not_zero),
        unit(test_score_compute__points_of_zero__are_points),
        unit(test_score_compute__thirds__still_add_up),
        unit(test_score_compute__random__every_level_adds_up),
        unit(test_score_compute__stars__are_cut_at_or_above),
        unit(test_score_compute__status__is_the_first_that_applies),
        unit(test_score_next_change__least_of_midnight_marks_and_feeds),
    };
    return cmocka_run_group_tests_name("domain/score", tests, NULL, NULL);
}
