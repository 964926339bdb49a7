#include "scored.h"

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
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct window window = window_of(cases[i].basis, 100, cases[i].days);
        assert_int_equal(window.first_day, cases[i].first);
        assert_int_equal(window.last_day, cases[i].last);
    }
}

static void test_names__values__have_the_contracts_words(void **state)
{
    (void)state;
    assert_string_equal(score_status_name(STATUS_UNKNOWN), "unknown");
    assert_string_equal(score_status_name(STATUS_NOVICE), "novice");
    assert_string_equal(score_status_name(STATUS_INSUFFICIENT), "insufficient");
    assert_string_equal(score_status_name(STATUS_SCORED), "scored");
    assert_null(band_name(BAND_UNKNOWN));
    assert_string_equal(band_name(BAND_LOW), "low");
    assert_string_equal(band_name(BAND_MID), "mid");
    assert_string_equal(band_name(BAND_HIGH), "high");
    assert_null(feed_name(FEED_NONE));
    assert_string_equal(feed_name(FEED_ORDERS), "orders");
    assert_string_equal(feed_name(FEED_COLLECTIONS), "collections");
    assert_string_equal(feed_name(FEED_TICKETS), "tickets");
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
    for (size_t i = 0; i < LENGTH(cases); i++) {
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
        random_seed(seed);
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

/* A composite of the first metrics of the policy, at most five. */
static struct composite random_composite(const struct policy *policy)
{
    struct composite composite = {.part_count = 1 + random_below(5)};
    if (composite.part_count > policy->metric_count)
        composite.part_count = policy->metric_count;
    for (size_t i = 0; i < composite.part_count; i++) {
        composite.parts[i].metric = i;
        composite.parts[i].weight = (int64_t)random_below(1001);
    }
    return composite;
}

static void random_scene(struct scene *scene)
{
    struct policy *policy = &scene->policy;
    policy->factor_count = 1 + random_below(5);
    policy->min_factors = (int32_t)random_below(4);
    policy->sample_full = (int64_t)random_below(3) * 100;
    policy->sample_points = (int64_t)random_below(10001);
    policy->bonus.each = (int64_t)random_below(100);
    policy->bonus.cap = (int64_t)random_below(1000);
    scene->around.services = random_below(20);
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
    policy->composite_count = 2;
    for (size_t c = 0; c < policy->composite_count; c++)
        policy->composites[c] = random_composite(policy);
}

/* The sum of the factors' contributions; each one's metrics have to add up to it. */
static int64_t added_up_factors(uint64_t seed, const struct policy *policy,
                                const struct score *score)
{
    int64_t factors = 0;
    for (size_t f = 0; f < policy->factor_count; f++) {
        const struct factor *factor = &policy->factors[f];
        int64_t metrics = 0;
        for (size_t i = 0; i < factor->metric_count; i++)
            metrics += score->metrics[factor->metric_first + i].contribution;
        if (metrics != score->factors[f].contribution)
            fail_msg("seed %llu: factor %zu has %lld, its metrics %lld", (unsigned long long)seed,
                     f, (long long)score->factors[f].contribution, (long long)metrics);
        factors += metrics;
    }
    return factors;
}

static void assert_composite_adds_up(uint64_t seed, const struct composite *composite,
                                     const struct composite_score *score)
{
    int64_t parts = 0;
    for (size_t i = 0; i < composite->part_count; i++)
        parts += score->contributions[i];
    if (parts != (score->has_points ? score->points : 0))
        fail_msg("seed %llu: composite %lld, its parts %lld", (unsigned long long)seed,
                 (long long)score->points, (long long)parts);
}

static void test_score_compute__random__every_level_adds_up(void **state)
{
    (void)state;
    static struct scene scene;
    scene_begin(&scene);
    int composites = 0, bonuses = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        random_seed(seed);
        random_scene(&scene);
        struct score score = scene_score(&scene);
        int64_t factors = added_up_factors(seed, &scene.policy, &score);
        for (size_t c = 0; c < scene.policy.composite_count; c++)
            assert_composite_adds_up(seed, &scene.policy.composites[c], &score.composites[c]);
        if (score.points != score.base + score.bonus || score.points > 10000 || score.bonus < 0)
            fail_msg("seed %llu: base %lld, bonus %lld, points %lld", (unsigned long long)seed,
                     (long long)score.base, (long long)score.bonus, (long long)score.points);
        if (score.has_points && factors != score.base)
            fail_msg("seed %llu: base %lld, factors %lld", (unsigned long long)seed,
                     (long long)score.base, (long long)factors);
        composites += score.has_points;
        bonuses += score.bonus > 0;
    }
    assert_in_range(composites, 5000, 19999);
    assert_in_range(bonuses, 5000, 19999);
}

/* --- bonus --- */

static void test_score_compute__bonus__is_capped_twice(void **state)
{
    (void)state;
    static const struct {
        int64_t base, each, cap;
        size_t services;
        int64_t bonus;
    } cases[] = {
        {8634, 50, 500, 0, 0},    {8634, 50, 500, 1, 50},   {8634, 50, 500, 2, 100},
        {8634, 50, 500, 9, 450},  {8634, 50, 500, 10, 500}, {8634, 50, 500, 11, 500},
        {8634, 70, 500, 8, 500}, /* 560 */
        {8634, 0, 500, 9, 0},     {8634, 50, 0, 9, 0},      {0, 50, 500, 3, 150},
        {9500, 50, 500, 10, 500}, {9501, 50, 500, 10, 499}, {9980, 50, 500, 1, 20},
        {9950, 50, 500, 1, 50},   {10000, 50, 500, 10, 0},  {8634, 50, 500, SIZE_MAX, 500},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene_points(&scene, cases[i].base);
        scene.policy.bonus = (struct bonus){.each = cases[i].each, .cap = cases[i].cap};
        scene.around.services = cases[i].services;
        struct score score = scene_score(&scene);
        assert_int_equal(score.base, cases[i].base);
        assert_int_equal(score.bonus, cases[i].bonus);
        assert_int_equal(score.points, cases[i].base + cases[i].bonus);
        assert_int_equal(score.factors[0].contribution + score.factors[1].contribution,
                         cases[i].base);
    }
}

static void test_score_compute__null_composite__has_no_bonus(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.bonus = (struct bonus){.each = 50, .cap = 500};
    scene.around.services = 4;
    scene.policy.min_factors = 3;
    struct score score = scene_score(&scene);
    assert_false(score.has_points);
    assert_int_equal(score.bonus, 0);
    assert_int_equal(score.points, 0);
}

static void test_bonus_services__declared__count_once_and_only_those_listed(void **state)
{
    (void)state;
    static const struct bonus any = {.each = 50, .cap = 500};
    static const struct bonus listed = {
        .each = 50, .cap = 500, .service_count = 2, .services = {"worry_free", "installation"}};
    static const char *const declared[] = {"worry_free", "gift_wrap", "worry_free", "installation",
                                           "worry",      "gift_wrap", "Worry_free"};
    assert_int_equal(bonus_services(&any, NULL, 0), 0);
    assert_int_equal(bonus_services(&any, declared, 1), 1);
    assert_int_equal(bonus_services(&any, declared, LENGTH(declared)), 5);
    assert_int_equal(bonus_services(&listed, NULL, 0), 0);
    assert_int_equal(bonus_services(&listed, declared, 3), 1);
    assert_int_equal(bonus_services(&listed, declared, LENGTH(declared)), 2);
    assert_int_equal(bonus_services(&listed, &declared[4], 3), 0);
}

/* --- composites of parts --- */

static void test_score_compute__composite__is_the_weighted_mean_of_its_parts(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.composite_count = 3;
    /* across factors, in the order of its own; one metric in two composites */
    scene.policy.composites[0] = (struct composite){.part_count = 2, .parts = {{2, 300}, {0, 200}}};
    scene.policy.composites[1] = (struct composite){.part_count = 1, .parts = {{0, 70}}};
    scene.policy.composites[2] =
        (struct composite){.part_count = 3, .parts = {{0, 1}, {1, 1}, {2, 0}}};
    struct score score = scene_score(&scene);
    assert_true(score.composites[0].has_points);
    assert_int_equal(score.composites[0].points, 7800); /* 0.6 * 7 + 0.4 * 9 */
    assert_int_equal(score.composites[0].contributions[0], 4200);
    assert_int_equal(score.composites[0].contributions[1], 3600);
    assert_int_equal(score.composites[1].points, 9000);
    assert_int_equal(score.composites[1].contributions[0], 9000);
    assert_int_equal(score.composites[2].points, 8500);
    assert_int_equal(score.composites[2].contributions[0], 4500);
    assert_int_equal(score.composites[2].contributions[1], 4000);
    assert_int_equal(score.composites[2].contributions[2], 0);
    assert_int_equal(score.base, 7900); /* the composite of factors does not know them */
}

static void test_score_compute__composite_with_missing_parts__is_of_the_rest(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.composite_count = 2;
    scene.policy.composites[0] = (struct composite){.part_count = 2, .parts = {{2, 300}, {0, 200}}};
    scene.policy.composites[1] = (struct composite){.part_count = 2, .parts = {{2, 300}, {1, 0}}};
    scene.reading.metrics[2] = (struct reading){0, 0, 4};
    struct score score = scene_score(&scene);
    assert_int_equal(score.composites[0].points, 9000);
    assert_int_equal(score.composites[0].contributions[0], 0);
    assert_int_equal(score.composites[0].contributions[1], 9000);
    assert_false(score.composites[1].has_points); /* the rest has no weight */

    scene.reading.metrics[0] = (struct reading){0, 0, 0};
    score = scene_score(&scene);
    assert_false(score.composites[0].has_points);
    assert_int_equal(score.composites[0].contributions[1], 0);
}

/* Thirds of 10.000: the first has the thousandth that is left. */
static void test_score_compute__composite_of_thirds__still_adds_up(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene_points(&scene, 10000);
    scene.policy.composite_count = 1;
    scene.policy.composites[0] =
        (struct composite){.part_count = 3, .parts = {{2, 333}, {1, 333}, {0, 333}}};
    struct score score = scene_score(&scene);
    assert_int_equal(score.composites[0].points, 10000);
    assert_int_equal(score.composites[0].contributions[0], 3334);
    assert_int_equal(score.composites[0].contributions[1], 3333);
    assert_int_equal(score.composites[0].contributions[2], 3333);
}

/* --- bands --- */

static void test_score_compute__bands__are_more_than_the_width_from_the_peers_mean(void **state)
{
    (void)state;
    static const struct {
        int64_t mean; /* the store has 8.500 */
        enum band band;
    } cases[] = {{8399, BAND_HIGH}, {8400, BAND_MID}, {8500, BAND_MID}, {8600, BAND_MID},
                 {8601, BAND_LOW},  {0, BAND_HIGH},   {10000, BAND_LOW}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene_points(&scene, 8500);
        scene.policy.band = 100;
        scene.policy.composite_count = 1;
        scene.policy.composites[0] = (struct composite){.part_count = 1, .parts = {{0, 1}}};
        scene.peers.factor_has_mean[1] = scene.peers.composite_has_mean[0] = true;
        scene.peers.factor_mean[1] = scene.peers.composite_mean[0] = cases[i].mean;
        struct score score = scene_score(&scene);
        assert_int_equal(score.factors[1].band, cases[i].band);
        assert_int_equal(score.composites[0].band, cases[i].band);
        assert_int_equal(score.factors[0].band, BAND_UNKNOWN); /* its peers have no mean */
    }
}

static void test_score_compute__no_points__have_no_band(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.band = 100;
    scene.policy.composite_count = 1;
    scene.policy.composites[0] = (struct composite){.part_count = 1, .parts = {{2, 1}}};
    scene.peers.factor_has_mean[1] = scene.peers.composite_has_mean[0] = true;
    scene.peers.factor_mean[1] = scene.peers.composite_mean[0] = 5000;
    scene.reading.metrics[2] = (struct reading){0, 0, 0};
    struct score score = scene_score(&scene);
    assert_int_equal(score.factors[1].band, BAND_UNKNOWN);
    assert_int_equal(score.composites[0].band, BAND_UNKNOWN);
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
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene);
        struct instant silent = shifted(scene.q.t, -24 * US_PER_HOUR - 1),
                       spoke = shifted(scene.q.t, -24 * US_PER_HOUR);
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
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("16T00:00"));
    scene.feeds.through[FEED_COLLECTIONS] = at("14T20:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("15T20:00:00.000001"));
    scene.feeds.through[FEED_TICKETS] = at("14T13:00"); /* a score does not look at it */
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("15T20:00:00.000001"));
    scene.reading.next_change = at("15T19:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("15T19:00"));
    scene.reading.next_change = INSTANT_NEVER;
    scene.q.basis = BASIS_OFFICIAL;
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("16T00:00"));
    scene.q.t = at("16T00:00");
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, INSTANT_NEVER),
                   at("17T00:00"));
}

static void test_score_next_change__restrictions__are_taken_where_the_policy_looks(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.reading.next_change = at("15T19:00");
    assert_instant(
        score_next_change(&scene.q, &scene.reading, &scene.feeds, at("15T18:59:59.999999")),
        at("15T18:59:59.999999"));
    assert_instant(score_next_change(&scene.q, &scene.reading, &scene.feeds, at("15T19:00:01")),
                   at("15T19:00"));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_window_of__basis__moves_the_window_only),
        unit(test_names__values__have_the_contracts_words),
        unit(test_share_out__hand_made__largest_remainder_and_ties_to_the_earlier),
        unit(test_share_out__random__adds_up_and_is_fair),
        unit(test_score_compute__weights__make_factors_and_the_composite),
        unit(test_score_compute__missing_parts__weights_are_those_of_the_rest),
        unit(test_score_compute__required_factor_missing__composite_is_null),
        unit(test_score_compute__too_few_factors__composite_is_null),
        unit(test_score_compute__nothing_at_all__is_null_and_not_zero),
        unit(test_score_compute__points_of_zero__are_points),
        unit(test_score_compute__thirds__still_add_up),
        unit(test_score_compute__random__every_level_adds_up),
        unit(test_score_compute__bonus__is_capped_twice),
        unit(test_score_compute__null_composite__has_no_bonus),
        unit(test_bonus_services__declared__count_once_and_only_those_listed),
        unit(test_score_compute__composite__is_the_weighted_mean_of_its_parts),
        unit(test_score_compute__composite_with_missing_parts__is_of_the_rest),
        unit(test_score_compute__composite_of_thirds__still_adds_up),
        unit(test_score_compute__bands__are_more_than_the_width_from_the_peers_mean),
        unit(test_score_compute__no_points__have_no_band),
        unit(test_score_compute__status__is_the_first_that_applies),
        unit(test_score_next_change__least_of_midnight_marks_and_feeds),
        unit(test_score_next_change__restrictions__are_taken_where_the_policy_looks),
    };
    return cmocka_run_group_tests_name("domain/score", tests, NULL, NULL);
}
