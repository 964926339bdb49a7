#include "written.h"

#include "domain/policy.h"

static struct measure within(int32_t hours)
{
    return (struct measure){
        .kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_HOURS, .n = hours};
}

static void assert_measure(const struct measure *actual, const char *expected)
{
    char text[MEASURE_TEXT_SIZE];
    measure_format(actual, text);
    assert_string_equal(text, expected);
}

static void test_mark_measure__mark__is_collected_within_its_hours(void **state)
{
    (void)state;
    const struct mark mark = {.hours = 72};
    struct measure collected = mark_measure(&mark), left_open = mark_left_open(&mark);
    /* no "suspends": the backlog rule knows no suspension */
    assert_measure(&collected, "within collected hours 72");
    assert_measure(&left_open, "left_open collected hours 72");
}

static void test_policy_measures__empty_policy__still_counts_orders_collections_and_exempt_ones(
    void **state)
{
    (void)state;
    const struct policy policy = {.version = 1};
    struct measure measures[POLICY_MEASURES_MAX];
    assert_int_equal(policy_measures(&policy, measures), 3);
    assert_measure(&measures[0], "orders");
    assert_measure(&measures[1], "duration collected");
    assert_measure(&measures[2], "exempt");
    assert_true(measure_equal(&measures[0], &measure_count_orders));
    assert_true(measure_equal(&measures[1], &measure_collections));
}

static void test_policy_measures__marks_and_metrics__are_there_once(void **state)
{
    (void)state;
    struct policy policy = {.metric_count = 6, .backlog = {.mark_count = 2}};
    policy.backlog.marks[0].hours = 48;
    policy.backlog.marks[1].hours = 72;
    policy.metrics[0].measure = within(24);
    policy.metrics[1].measure = within(48); /* the mark's */
    policy.metrics[2].measure = within(24);
    policy.metrics[3].measure = measure_collections; /* everybody's */
    policy.metrics[4].measure = within(48);
    policy.metrics[4].measure.suspends = true; /* not the mark's: that one knows no suspension */
    policy.metrics[5].measure = within(24);
    policy.metrics[5].per = within(96); /* not looked at */
    static const char *const texts[] = {
        "orders",
        "duration collected",
        "exempt",
        "within collected hours 48",
        "left_open collected hours 48",
        "within collected hours 72",
        "left_open collected hours 72",
        "within collected hours 24",
        "within collected hours 48 suspends",
    };
    struct measure measures[POLICY_MEASURES_MAX];
    size_t count = policy_measures(&policy, measures);
    assert_int_equal(count, sizeof texts / sizeof texts[0]);
    for (size_t i = 0; i < count; i++)
        assert_measure(&measures[i], texts[i]);
}

static void test_policy_measures__ratio_of_two_populations__reads_both(void **state)
{
    (void)state;
    struct policy policy = {.metric_count = 2};
    policy.metrics[0] = (struct metric){
        .measure = {.kind = MEASURE_TICKETS,
                    .of = ENTITY_TICKET,
                    .milestone = MILESTONE_RULED,
                    .tickets = 1U << TICKET_DISPUTE,
                    .suspends = true},
        .has_per = true,
        .per = {.kind = MEASURE_ORDERS, .suspends = true},
    };
    policy.metrics[1] = policy.metrics[0];
    policy.metrics[1].measure.milestone = MILESTONE_OPENED;
    struct measure measures[POLICY_MEASURES_MAX];
    assert_int_equal(policy_measures(&policy, measures), 6);
    assert_measure(&measures[3], "tickets ruled of dispute suspends");
    assert_measure(&measures[4], "orders suspends");
    assert_measure(&measures[5], "tickets opened of dispute suspends");
}

static void test_policy_measures__largest_policy__fits(void **state)
{
    (void)state;
    struct policy policy = {.metric_count = POLICY_METRICS_MAX,
                            .backlog = {.mark_count = POLICY_MARKS_MAX}};
    for (int32_t i = 0; i < POLICY_MARKS_MAX; i++)
        policy.backlog.marks[i].hours = 1 + i;
    for (int32_t i = 0; i < POLICY_METRICS_MAX; i++) {
        policy.metrics[i].measure = within(100 + i);
        policy.metrics[i].has_per = true;
        policy.metrics[i].per = within(200 + i);
    }
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
        unit(test_policy_measures__empty_policy__still_counts_orders_collections_and_exempt_ones),
        unit(test_policy_measures__marks_and_metrics__are_there_once),
        unit(test_policy_measures__ratio_of_two_populations__reads_both),
        unit(test_policy_measures__largest_policy__fits),
        unit(test_backlog_level_name__levels__have_the_contracts_words),
    };
    return cmocka_run_group_tests_name("domain/policy", tests, NULL, NULL);
}
