#include "scored.h"

#include "domain/changes.h"

/* Readings that are one and the same until a test puts another one behind a cause. */
struct way {
    struct scene scene;
    struct policy other; /* of the last reading, when a test wants one */
    struct change_reading made[CHANGE_READINGS];
    const struct change_reading *readings[CHANGE_READINGS];
    struct changes changes;
};

static void name_all(struct policy *policy)
{
    static const char *const factors[] = {"first", "second"};
    static const char *const metrics[] = {"a", "b", "c"};
    for (size_t f = 0; f < policy->factor_count; f++)
        snprintf(policy->factors[f].id, sizeof policy->factors[f].id, "%s", factors[f]);
    for (size_t i = 0; i < policy->metric_count; i++)
        snprintf(policy->metrics[i].id, sizeof policy->metrics[i].id, "%s", metrics[i]);
}

static void put(struct way *way, size_t at, const struct policy *policy)
{
    way->scene.q.policy = policy;
    way->made[at] = (struct change_reading){policy, way->scene.reading, scene_score(&way->scene)};
    for (size_t i = at; i < CHANGE_READINGS; i++)
        way->readings[i] = &way->made[at];
}

/* 0.6 x (9 + 8) / 2 + 0.4 x 7 = 5.1 + 2.8. */
static void begin(struct way *way)
{
    scene_begin(&way->scene);
    name_all(&way->scene.policy);
    way->other = way->scene.policy;
    put(way, 0, &way->scene.policy);
}

/* The reading as the scene has it now stands behind the cause. */
static void then(struct way *way, enum cause cause)
{
    put(way, cause + 1, &way->scene.policy);
}

static void compute(struct way *way)
{
    changes_compute(way->readings, &way->changes);
}

static void assert_causes(const struct way *way, const int64_t expected[CAUSES])
{
    for (enum cause cause = 0; cause < CAUSES; cause++)
        assert_int_equal(way->changes.causes[cause], expected[cause]);
}

static void test_cause_name__all__are_the_answers_words(void **state)
{
    (void)state;
    static const char *const names[CAUSES] = {"late",    "retraction", "exemption", "left",
                                              "entered", "policy",     "rounding"};
    for (enum cause cause = 0; cause < CAUSES; cause++)
        assert_string_equal(cause_name(cause), names[cause]);
}

static void test_compute__nothing_happened__no_cause_did_anything(void **state)
{
    (void)state;
    static struct way way;
    begin(&way);
    compute(&way);
    assert_true(way.changes.scored);
    assert_causes(&way, (int64_t[CAUSES]){0});
    assert_int_equal(way.changes.factor_count, 2);
    assert_int_equal(way.changes.metric_count, 3);
    assert_int_equal(way.changes.scored_metric_count, 3);
}

static void test_compute__a_reading_behind_each_cause__each_has_its_difference(void **state)
{
    (void)state;
    static struct way way;
    begin(&way);
    way.scene.reading.metrics[0] = (struct reading){100, 80, 1};
    then(&way, CAUSE_LATE); /* 0.6 x 0.5 x -1 */
    way.scene.reading.metrics[2] = (struct reading){90, 72, 0};
    then(&way, CAUSE_RETRACTION); /* 0.4 x 1 */
    way.scene.reading.metrics[2] = (struct reading){50, 25, 0};
    then(&way, CAUSE_LEFT); /* 0.4 x -3 */
    way.scene.reading.metrics[1] = (struct reading){200, 200, 0};
    then(&way, CAUSE_ENTERED); /* 0.6 x 0.5 x 2 */
    compute(&way);
    assert_causes(&way, (int64_t[CAUSES]){[CAUSE_LATE] = -300,
                                          [CAUSE_RETRACTION] = 400,
                                          [CAUSE_LEFT] = -1200,
                                          [CAUSE_ENTERED] = 600});
    assert_int_equal(factor_change_points(&way.changes, &way.changes.factors[0]), 300);
    assert_int_equal(factor_change_points(&way.changes, &way.changes.factors[1]), -800);
    assert_int_equal(metric_change_points(&way.changes.metrics[2]), -800);

    struct reading late = way.changes.metrics[0].parts[CAUSE_LATE].counts;
    struct reading left = way.changes.metrics[2].parts[CAUSE_LEFT].counts;
    assert_int_equal(late.sum, -10);
    assert_int_equal(late.valid, 0);
    assert_int_equal(late.pending, 1);
    assert_int_equal(left.sum, -47);
    assert_int_equal(left.valid, -40);
}

/* Only b reads otherwise. What a and c differ by is where the remainders of their factor and of the
 * base fell. */
static void test_compute__reads_as_before__the_difference_is_rounding(void **state)
{
    (void)state;
    static struct way way;
    int64_t noise = 0;
    for (int64_t good = 0; good <= 100; good++) {
        begin(&way);
        way.scene.reading.metrics[1] = (struct reading){997, 8 * good, 0};
        then(&way, CAUSE_ENTERED);
        compute(&way);
        int64_t others = 0;
        for (size_t i = 0; i < 3; i += 2) {
            const struct metric_change *metric = &way.changes.metrics[i];
            assert_int_equal(metric->parts[CAUSE_ENTERED].points, 0);
            assert_in_range(metric->parts[CAUSE_ROUNDING].points + 1, 0, 2);
            others += metric->parts[CAUSE_ROUNDING].points;
            noise += metric->parts[CAUSE_ROUNDING].points != 0;
        }
        assert_int_equal(way.changes.metrics[1].parts[CAUSE_ROUNDING].points, 0);
        assert_int_equal(way.changes.causes[CAUSE_ROUNDING], others);
        assert_int_equal(way.changes.causes[CAUSE_ENTERED] + others,
                         way.made[CAUSE_ENTERED + 1].score.points - way.made[0].score.points);
    }
    assert_true(noise > 0);
}

/* Another metric loses its points, and its weight goes to its neighbour: that is no rounding. */
static void test_compute__weights_move__the_neighbour_has_a_part_in_the_cause(void **state)
{
    (void)state;
    static struct way way;
    begin(&way);
    way.scene.reading.metrics[1] = (struct reading){0};
    then(&way, CAUSE_LEFT);
    compute(&way);
    /* a: from 0.6 x 0.5 x 9 to 0.6 x 9; b: all of 0.6 x 0.5 x 8 */
    assert_int_equal(way.changes.metrics[0].parts[CAUSE_LEFT].points, 2700);
    assert_int_equal(way.changes.metrics[1].parts[CAUSE_LEFT].points, -2400);
    assert_int_equal(way.changes.causes[CAUSE_ROUNDING], 0);
}

static void test_compute__bonus__is_part_of_the_cause_and_of_its_own(void **state)
{
    (void)state;
    static struct way way;
    begin(&way);
    way.scene.policy.bonus = (struct bonus){.each = 50, .cap = 500};
    way.scene.around.services = 2;
    then(&way, CAUSE_POLICY);
    compute(&way);
    assert_int_equal(way.changes.bonus[CAUSE_POLICY], 100);
    assert_causes(&way, (int64_t[CAUSES]){[CAUSE_POLICY] = 100});
}

/* The required factor has no points at the end: contributions are weight times points then. */
static void test_compute__no_composite_at_an_end__contributions_without_the_bonus(void **state)
{
    (void)state;
    static struct way way;
    scene_begin(&way.scene);
    name_all(&way.scene.policy);
    way.scene.policy.bonus = (struct bonus){.each = 50, .cap = 500};
    way.scene.around.services = 1;
    put(&way, 0, &way.scene.policy);
    way.scene.reading.metrics[0] = way.scene.reading.metrics[1] = (struct reading){0};
    then(&way, CAUSE_LEFT);
    compute(&way);
    assert_false(way.changes.scored);
    assert_int_equal(way.changes.bonus[CAUSE_LEFT], 0);
    assert_causes(&way, (int64_t[CAUSES]){[CAUSE_LEFT] = -5100});
}

static void test_compute__other_policy__metrics_of_both_in_their_places(void **state)
{
    (void)state;
    static struct way way;
    begin(&way);
    /* b goes beside the composite, c has another unit, and the first factor another name. */
    struct policy *other = &way.other;
    other->factors[0].metric_count = 1;
    other->factors[1].metric_first = 1;
    snprintf(other->factors[0].id, sizeof other->factors[0].id, "renamed");
    struct metric b = other->metrics[1];
    other->metrics[1] = other->metrics[2];
    other->metrics[2] = b;
    other->metrics[1].unit = UNIT_SECONDS;
    other->scored_metric_count = 2;
    put(&way, CAUSE_POLICY + 1, other);
    compute(&way);

    static const struct {
        size_t from, to;
    } expected[] = {
        {CHANGE_ABSENT, 0},                     /* renamed: a */
        {CHANGE_ABSENT, 1}, {2, CHANGE_ABSENT}, /* second: c, and c as it was */
        {0, CHANGE_ABSENT}, {1, CHANGE_ABSENT}, /* first: a, b */
        {CHANGE_ABSENT, 2},                     /* beside: b */
    };
    assert_int_equal(way.changes.metric_count, LENGTH(expected));
    for (size_t i = 0; i < LENGTH(expected); i++) {
        assert_int_equal(way.changes.metrics[i].from, expected[i].from);
        assert_int_equal(way.changes.metrics[i].to, expected[i].to);
    }
    assert_int_equal(way.changes.factor_count, 3);
    assert_int_equal(way.changes.scored_metric_count, 5);
    assert_int_equal(way.changes.metrics[5].parts[CAUSE_POLICY].points, 0);
    assert_int_equal(way.changes.metrics[5].parts[CAUSE_POLICY].counts.valid,
                     way.scene.reading.metrics[2].valid);
    int64_t whole = 0;
    for (size_t f = 0; f < way.changes.factor_count; f++)
        whole += factor_change_points(&way.changes, &way.changes.factors[f]);
    assert_int_equal(whole, way.made[CAUSE_POLICY + 1].score.base - way.made[0].score.base);
    assert_int_equal(whole, way.changes.causes[CAUSE_POLICY]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cause_name__all__are_the_answers_words),
        cmocka_unit_test(test_compute__nothing_happened__no_cause_did_anything),
        cmocka_unit_test(test_compute__a_reading_behind_each_cause__each_has_its_difference),
        cmocka_unit_test(test_compute__reads_as_before__the_difference_is_rounding),
        cmocka_unit_test(test_compute__weights_move__the_neighbour_has_a_part_in_the_cause),
        cmocka_unit_test(test_compute__bonus__is_part_of_the_cause_and_of_its_own),
        cmocka_unit_test(test_compute__no_composite_at_an_end__contributions_without_the_bonus),
        cmocka_unit_test(test_compute__other_policy__metrics_of_both_in_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
