#include "scored.h"

enum { UNRANKED = -1 };

/* Of the peers: the store's rank and its factors', in hundredths of a percent. */
static void scene_ranks(struct scene *scene, int64_t rank, int64_t factor0, int64_t factor1)
{
    scene->peers = (struct peers){
        .count = 40,
        .has_rank = rank != UNRANKED,
        .rank = rank == UNRANKED ? 0 : rank,
        .factor_has_rank = {factor0 != UNRANKED, factor1 != UNRANKED},
        .factor_rank = {factor0 == UNRANKED ? 0 : factor0, factor1 == UNRANKED ? 0 : factor1},
    };
}

/* --- stars --- */

static void test_score_compute__stars__are_cut_at_or_above(void **state)
{
    (void)state;
    static const struct {
        int64_t percent; /* of each metric: the composite's points, in tenths */
        bool has_star;
        int64_t star;
    } cases[] = {{1000, true, 50}, {950, true, 50}, {949, true, 45}, {800, true, 45},
                 {799, true, 40},  {700, true, 40}, {699, false, 0}, {0, false, 0}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
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

/* The cuts of a policy with ranks; 3.0 names no rank and 2.5 no points. */
static void scene_ranked_stars(struct scene *scene)
{
    static const struct star_cut cuts[] = {
        {50,
         {.has_rank = true,
          .rank = 9000,
          .has_factor_rank = true,
          .factor_rank = 2000,
          .unrestricted = true,
          .has_points = true,
          .points = 9500}},
        {49,
         {.has_rank = true,
          .rank = 9000,
          .has_factor_rank = true,
          .factor_rank = 3000,
          .has_points = true,
          .points = 9400}},
        {45,
         {.has_rank = true,
          .rank = 7500,
          .has_factor_rank = true,
          .factor_rank = 3000,
          .has_points = true,
          .points = 9000}},
        {40, {.has_rank = true, .rank = 5000, .has_points = true, .points = 8500}},
        {30, {.has_points = true, .points = 7000}},
        {25, {.has_rank = true, .rank = 0}},
    };
    scene->policy.star_count = LENGTH(cuts);
    memcpy(scene->policy.stars, cuts, sizeof cuts);
}

static void test_score_compute__stars_without_a_rank_rate__are_decided_by_points(void **state)
{
    (void)state;
    static const struct {
        int64_t points;
        bool restricted;
        int64_t star; /* 0: none */
    } cases[] = {
        {10000, false, 50}, {9500, false, 50}, {9500, true, 49},  {9499, false, 49},
        {9400, true, 49},   {9399, false, 45}, {9000, false, 45}, {8999, false, 40},
        {8500, false, 40},  {8499, false, 30}, {7000, false, 30}, {6999, false, 0},
        {0, false, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene_ranked_stars(&scene);
        scene_points(&scene, cases[i].points);
        scene.around.restricted = cases[i].restricted;
        /* factors' ranks alone are not looked at */
        scene_ranks(&scene, UNRANKED, 0, i % 2 == 0 ? 0 : UNRANKED);
        struct score score = scene_score(&scene);
        assert_int_equal(score.has_star, cases[i].star != 0);
        assert_int_equal(score.star, cases[i].star);
    }
}

static void test_score_compute__stars_with_a_rank_rate__are_decided_by_ranks(void **state)
{
    (void)state;
    static const struct {
        int64_t rank, factor0, factor1;
        bool restricted;
        int64_t points, star;
    } cases[] = {
        {9000, 2000, 10000, false, 5000, 50},     {9000, 1999, 10000, false, 5000, 40},
        {9000, 10000, 1999, false, 10000, 40}, /* no points make up for a rank */
        {9000, 2000, 2000, true, 5000, 40},       {9000, 3000, 3000, true, 5000, 49},
        {9000, 2999, 3000, true, 5000, 40},       {9000, 3000, 2999, true, 5000, 40},
        {9000, 10000, UNRANKED, false, 5000, 40}, {8999, 10000, 10000, false, 10000, 45},
        {7500, 3000, 3000, false, 5000, 45},      {7500, 3000, 2999, false, 5000, 40},
        {7499, 10000, 10000, false, 5000, 40},    {5000, 0, 0, false, 5000, 40},
        {4999, 10000, 10000, false, 7000, 30}, /* without a rank of its own: by points */
        {4999, 10000, 10000, false, 6999, 25},    {0, 0, 0, false, 0, 25},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene_ranked_stars(&scene);
        scene_points(&scene, cases[i].points);
        scene_ranks(&scene, cases[i].rank, cases[i].factor0, cases[i].factor1);
        scene.around.restricted = cases[i].restricted;
        struct score score = scene_score(&scene);
        assert_true(score.has_star);
        assert_int_equal(score.star, cases[i].star);
    }
}

static void test_score_compute__factor_without_points__is_not_asked_for_its_rank(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene_ranked_stars(&scene);
    scene_ranks(&scene, 9000, 2000, UNRANKED);
    assert_int_equal(scene_score(&scene).star, 40);
    scene.reading.metrics[2] = (struct reading){0, 0, 0};
    assert_int_equal(scene_score(&scene).star, 50);
}

/* The bonus is in the points. */
static void test_score_compute__star__is_cut_by_points_with_the_bonus(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene_points(&scene, 7950);
    assert_int_equal(scene_score(&scene).star, 40);
    scene.policy.bonus = (struct bonus){.each = 50, .cap = 500};
    scene.around.services = 1;
    assert_int_equal(scene_score(&scene).star, 45);
}

static void test_score_compute__star__by_status(void **state)
{
    (void)state;
    static const struct {
        bool silent, novice, null, has_novice_star;
        int64_t star; /* 0: none */
    } cases[] = {
        {false, false, false, true, 50},
        {false, false, true, true, 0},
        {false, true, false, true, 35},
        {false, true, true, true, 35},
        {false, true, false, false, 50}, /* none to give: that of its points */
        {false, true, true, false, 0},
        {true, false, false, true, 50},
        {true, false, true, true, 0},
        {true, true, false, true, 35}, /* silence does not make it another store */
        {true, true, true, true, 35},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_begin(&scene);
        scene_points(&scene, 10000);
        scene.policy.has_novice_star = cases[i].has_novice_star;
        scene.policy.novice_star = cases[i].has_novice_star ? 35 : 0;
        if (cases[i].silent)
            scene.feeds.through[FEED_ORDERS] = INSTANT_NEVER;
        if (cases[i].novice)
            scene.reading.recent_orders = 14;
        if (cases[i].null)
            memset(scene.reading.metrics, 0, sizeof scene.reading.metrics);
        struct score score = scene_score(&scene);
        assert_int_equal(score.has_star, cases[i].star != 0);
        assert_int_equal(score.star, cases[i].star);
    }
}

/* --- eligibilities --- */

static void assert_gate(const struct gate_result *gate, enum gate kind, bool passed, int64_t needed,
                        bool has_value, int64_t value)
{
    assert_int_equal(gate->gate, kind);
    assert_int_equal(gate->passed, passed);
    assert_int_equal(gate->needed, needed);
    assert_int_equal(gate->has_value, has_value);
    if (has_value)
        assert_int_equal(gate->value, value);
}

/* One eligibility with every gate there is, each of them just passed. */
static void scene_eligibility(struct scene *scene)
{
    scene_begin(scene);
    scene_points(scene, 9000);
    scene_ranks(scene, 2000, 4500, 3000);
    scene->policy.eligibility_count = 1;
    scene->policy.eligibilities[0].gates = (struct gates){.has_points = true,
                                                          .points = 9000,
                                                          .has_rank = true,
                                                          .rank = 2000,
                                                          .has_factor_rank = true,
                                                          .factor_rank = 3000,
                                                          .has_star = true,
                                                          .star = 45,
                                                          .unrestricted = true};
}

static void test_score_compute__eligibility__tells_every_gate(void **state)
{
    (void)state;
    struct scene scene;
    scene_eligibility(&scene);
    struct score score = scene_score(&scene);
    const struct eligibility_result *result = &score.eligibilities[0];
    assert_true(result->eligible);
    assert_int_equal(result->gate_count, 6);
    assert_gate(&result->gates[0], GATE_STATUS, true, 0, false, 0);
    assert_gate(&result->gates[1], GATE_POINTS, true, 9000, true, 9000);
    assert_gate(&result->gates[2], GATE_RANK, true, 2000, true, 2000);
    assert_gate(&result->gates[3], GATE_FACTOR_RANK, true, 3000, true, 3000);
    assert_int_equal(result->gates[3].factor, 1);
    assert_gate(&result->gates[4], GATE_STAR, true, 45, true, 45);
    assert_gate(&result->gates[5], GATE_UNRESTRICTED, true, 0, false, 0);
}

/* One gate just missed at a time: it alone is not passed. */
static void test_score_compute__eligibility__falls_with_any_gate(void **state)
{
    (void)state;
    for (size_t missed = 0; missed < GATES; missed++) {
        struct scene scene;
        scene_eligibility(&scene);
        struct gates *gates = &scene.policy.eligibilities[0].gates;
        if (missed == GATE_STATUS)
            scene.feeds.through[FEED_ORDERS] = INSTANT_NEVER;
        else if (missed == GATE_POINTS)
            gates->points = 9001;
        else if (missed == GATE_RANK)
            scene.peers.rank = 1999;
        else if (missed == GATE_FACTOR_RANK)
            scene.peers.factor_rank[1] = 2999;
        else if (missed == GATE_STAR)
            gates->star = 46;
        else
            scene.around.restricted = true;
        struct score score = scene_score(&scene);
        const struct eligibility_result *result = &score.eligibilities[0];
        assert_false(result->eligible);
        assert_int_equal(result->gate_count, GATES);
        for (size_t i = 0; i < GATES; i++)
            assert_int_equal(result->gates[i].passed, i != missed);
    }
}

static void test_score_compute__eligibility__only_a_scored_store(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.eligibility_count = 2;
    scene.policy.eligibilities[1].gates = (struct gates){.has_star = true, .star = 35};
    scene.policy.has_novice_star = true;
    scene.policy.novice_star = 35;
    struct score score = scene_score(&scene);
    assert_true(score.eligibilities[0].eligible); /* it asks for nothing else */
    assert_int_equal(score.eligibilities[0].gate_count, 1);
    assert_true(score.eligibilities[1].eligible);

    scene.reading.recent_orders = 14;
    score = scene_score(&scene);
    assert_int_equal(score.status, STATUS_NOVICE);
    assert_false(score.eligibilities[0].eligible);
    assert_gate(&score.eligibilities[1].gates[0], GATE_STATUS, false, 0, false, 0);
    assert_gate(&score.eligibilities[1].gates[1], GATE_STAR, true, 35, true, 35);
    assert_false(score.eligibilities[1].eligible);
}

/* What is not known is not passed, even where 0 would be enough. */
static void test_score_compute__eligibility__unknown_is_not_passed(void **state)
{
    (void)state;
    struct scene scene;
    scene_eligibility(&scene);
    struct gates *gates = &scene.policy.eligibilities[0].gates;
    gates->points = gates->rank = gates->factor_rank = gates->star = 0;
    memset(scene.reading.metrics, 0, sizeof scene.reading.metrics);
    memset(&scene.peers, 0, sizeof scene.peers);
    struct score score = scene_score(&scene);
    const struct eligibility_result *result = &score.eligibilities[0];
    assert_false(result->eligible);
    for (size_t i = GATE_POINTS; i <= GATE_STAR; i++)
        assert_gate(&result->gates[i], (enum gate)i, false, 0, false, 0);
}

static void test_score_compute__factor_rank_gate__names_the_lowest_or_the_unranked(void **state)
{
    (void)state;
    static const struct {
        int64_t factor0, factor1;
        bool passed;
        size_t factor;
    } cases[] = {
        {3000, 9000, true, 0},      {9000, 3000, true, 1},   {2999, 9000, false, 0},
        {9000, 2999, false, 1},     {5000, 5000, true, 0}, /* the earlier */
        {UNRANKED, 9000, false, 0}, {0, UNRANKED, false, 1}, {UNRANKED, UNRANKED, false, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct scene scene;
        scene_eligibility(&scene);
        scene_ranks(&scene, 2000, cases[i].factor0, cases[i].factor1);
        struct score score = scene_score(&scene);
        const struct gate_result *gate = &score.eligibilities[0].gates[GATE_FACTOR_RANK];
        int64_t rank = cases[i].factor == 0 ? cases[i].factor0 : cases[i].factor1;
        assert_gate(gate, GATE_FACTOR_RANK, cases[i].passed, 3000, rank != UNRANKED, rank);
        assert_int_equal(gate->factor, cases[i].factor);
    }
}

/* --- what the policy looks at --- */

static void test_score_needs_restrictions__any_star_or_eligibility(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.policy.eligibility_count = 2;
    assert_false(score_needs_restrictions(&scene.policy));
    scene.policy.stars[2].gates.unrestricted = true;
    assert_true(score_needs_restrictions(&scene.policy));
    scene.policy.star_count = 2;
    assert_false(score_needs_restrictions(&scene.policy));
    scene.policy.eligibilities[1].gates.unrestricted = true;
    assert_true(score_needs_restrictions(&scene.policy));
}

static void test_gate_name__every_gate__has_one(void **state)
{
    (void)state;
    assert_string_equal(gate_name(GATE_STATUS), "status");
    assert_string_equal(gate_name(GATE_POINTS), "points");
    assert_string_equal(gate_name(GATE_RANK), "rank_rate");
    assert_string_equal(gate_name(GATE_FACTOR_RANK), "factor_rank_rate");
    assert_string_equal(gate_name(GATE_STAR), "star");
    assert_string_equal(gate_name(GATE_UNRESTRICTED), "unrestricted");
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_score_compute__stars__are_cut_at_or_above),
        unit(test_score_compute__stars_without_a_rank_rate__are_decided_by_points),
        unit(test_score_compute__stars_with_a_rank_rate__are_decided_by_ranks),
        unit(test_score_compute__factor_without_points__is_not_asked_for_its_rank),
        unit(test_score_compute__star__is_cut_by_points_with_the_bonus),
        unit(test_score_compute__star__by_status),
        unit(test_score_compute__eligibility__tells_every_gate),
        unit(test_score_compute__eligibility__falls_with_any_gate),
        unit(test_score_compute__eligibility__only_a_scored_store),
        unit(test_score_compute__eligibility__unknown_is_not_passed),
        unit(test_score_compute__factor_rank_gate__names_the_lowest_or_the_unranked),
        unit(test_score_needs_restrictions__any_star_or_eligibility),
        unit(test_gate_name__every_gate__has_one),
    };
    return cmocka_run_group_tests_name("domain/gates", tests, NULL, NULL);
}
