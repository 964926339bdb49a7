#include "written.h"

#include "domain/policy.h"

static struct measure within(int32_t hours)
{
    return (struct measure){MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, hours};
}

static void assert_measure(struct measure actual, struct measure expected)
{
    char is[MEASURE_TEXT_SIZE], should_be[MEASURE_TEXT_SIZE];
    measure_format(actual, is);
    measure_format(expected, should_be);
    assert_string_equal(is, should_be);
}

static void test_mark_measure__mark__is_collected_within_its_hours(void **state)
{
    (void)state;
    const struct mark mark = {.hours = 72};
    assert_measure(mark_measure(&mark), within(72));
    assert_measure(mark_left_open(&mark),
                   (struct measure){MEASURE_LEFT_OPEN, MILESTONE_COLLECTED, LIMIT_HOURS, 72});
}

static void test_policy_measures__empty_policy__still_counts_orders_and_collections(void **state)
{
    (void)state;
    const struct policy policy = {.version = 1};
    struct measure measures[POLICY_MEASURES_MAX];
    assert_int_equal(policy_measures(&policy, measures), 2);
    assert_measure(measures[0], (struct measure){.kind = MEASURE_ORDERS});
    assert_measure(measures[1],
                   (struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED});
}

static void test_policy_measures__marks_and_metrics__are_there_once(void **state)
{
    (void)state;
    struct policy policy = {.metric_count = 4, .backlog = {.mark_count = 2}};
    policy.backlog.marks[0].hours = 48;
    policy.backlog.marks[1].hours = 72;
    policy.metrics[0].measure = within(24);
    policy.metrics[1].measure = within(48); /* the mark's */
    policy.metrics[2].measure = within(24);
    policy.metrics[3].measure = (struct measure){
        .kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED}; /* everybody's */
    struct measure measures[POLICY_MEASURES_MAX];
    size_t count = policy_measures(&policy, measures);
    assert_int_equal(count, 7);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(measure_equal(measures[i], measures[k]));
    static const int32_t hours[] = {24, 48, 72};
    for (size_t h = 0; h < 3; h++) {
        size_t found = 0;
        for (size_t i = 0; i < count; i++)
            found += measure_equal(measures[i], within(hours[h]));
        assert_int_equal(found, 1);
    }
}

static void test_policy_measures__largest_policy__fits(void **state)
{
    (void)state;
    struct policy policy = {.metric_count = POLICY_METRICS_MAX,
                            .backlog = {.mark_count = POLICY_MARKS_MAX}};
    for (int32_t i = 0; i < POLICY_MARKS_MAX; i++)
        policy.backlog.marks[i].hours = 1 + i;
    for (int32_t i = 0; i < POLICY_METRICS_MAX; i++)
        policy.metrics[i].measure = within(100 + i);
    struct measure measures[POLICY_MEASURES_MAX];
    assert_int_equal(policy_measures(&policy, measures), POLICY_MEASURES_MAX);
}

static void test_backlog_level_name__levels__have_the_contracts_words(void **state)
{
    (void)state;
    assert_string_equal(backlog_level_name(LEVEL_NONE), "none");
    assert_string_equal(backlog_level_name(LEVEL_WATCH), "watch");
    assert_string_equal(backlog_level_name(LEVEL_WARNING), "warning");
    assert_string_equal(backlog_level_name(LEVEL_MILD), "mild");
    assert_string_equal(backlog_level_name(LEVEL_SEVERE), "severe");
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_mark_measure__mark__is_collected_within_its_hours),
        unit(test_policy_measures__empty_policy__still_counts_orders_and_collections),
        unit(test_policy_measures__marks_and_metrics__are_there_once),
        unit(test_policy_measures__largest_policy__fits),
        unit(test_backlog_level_name__levels__have_the_contracts_words),
    };
    return cmocka_run_group_tests_name("domain/policy", tests, NULL, NULL);
}
