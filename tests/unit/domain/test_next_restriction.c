#include "written.h"

#include "domain/backlog.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define COHORTS 12 /* the last is today's */

/* When the restrictions of a store next change: cohorts of a thousand orders, and of those of the
 * 7th `overdue` that were late. Only the second mark restricts, for three hours from 50 hours after
 * the day's end. */
static struct instant next_restriction_change(const struct backlog_policy *marks, const char *t,
                                              int64_t overdue)
{
    struct zone zone;
    zone_fixed(&zone, 8 * 60);
    static struct policy policy;
    policy.backlog = *marks;
    const struct question q = {&policy, &zone.calendar, at(t), BASIS_LIVE};
    struct cohort cohorts[COHORTS];
    for (int32_t i = 0; i < COHORTS; i++) {
        int32_t day = calendar_day(q.calendar, q.t) - COHORTS + 1 + i;
        cohorts[i] = (struct cohort){.day = day, .orders = 1000};
        for (size_t m = 0; m < POLICY_MARKS_MAX; m++)
            cohorts[i].marks[m] =
                (struct cohort_mark){.eligible = 1000, .overdue = day == JANUARY(7) ? overdue : 0};
    }
    const struct backlog_reading reading = {
        .cohorts = cohorts, .cohort_count = COHORTS, .next_change = INSTANT_NEVER};
    struct feeds feeds;
    for (int feed = 0; feed < FEEDS; feed++)
        feeds.through[feed] = INSTANT_NEVER;
    struct backlog backlog;
    assert_true(backlog_assess(&q, &reading, &feeds, true, &backlog));
    return backlog.next_restriction_change;
}

static void test_next_restriction_change__begins_at_a_checkpoint_and_ends_with_what_is_in_force(
    void **state)
{
    (void)state;
    static const struct backlog_policy marks = {
        .min_orders = 300,
        .mark_count = 2,
        .marks = {{.hours = 25, .level = LEVEL_WARNING, .over_percent = 10000},
                  {.hours = 50,
                   .level = LEVEL_MILD,
                   .over_percent = 10000,
                   .inclusive = true,
                   .restriction = {.kind = "demotion", .hours = 3}}},
    };
    static const struct {
        const char *t;
        int64_t overdue;
        const char *next;
    } cases[] = {
        {"10T00:30", 100, "10T02:00"}, /* not 01:00: that mark restricts nothing */
        {"10T01:59:59.999999", 100, "10T02:00"},
        {"10T02:00", 100, "10T05:00"}, /* in force from now on */
        {"10T04:59:59.999999", 100, "10T05:00"},
        {"10T05:00", 100, "11T02:00"}, /* over; the cohort of the 8th comes next */
        {"10T02:00", 99, "11T02:00"},  /* not hit */
        {"10T12:00", 0, "11T02:00"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_instant(next_restriction_change(&marks, cases[i].t, cases[i].overdue),
                       at(cases[i].next));
}

/* A restriction that lasts longer than a day: the next checkpoint comes before its end. */
static void test_next_restriction_change__long_restriction__another_can_begin_before(void **state)
{
    (void)state;
    static const struct backlog_policy marks = {
        .min_orders = 300,
        .mark_count = 1,
        .marks = {{.hours = 50,
                   .level = LEVEL_MILD,
                   .over_percent = 10000,
                   .inclusive = true,
                   .restriction = {.kind = "demotion", .hours = 26}}},
    };
    assert_instant(next_restriction_change(&marks, "10T02:00", 100), at("11T02:00"));
    assert_instant(next_restriction_change(&marks, "11T02:00", 100), at("11T04:00"));
    assert_instant(next_restriction_change(&marks, "11T04:00", 100), at("12T02:00"));
}

/* 241 hours after the end of a day that is not listed any more. */
static void test_next_restriction_change__late_mark__is_of_an_older_cohort(void **state)
{
    (void)state;
    static const struct backlog_policy marks = {
        .min_orders = 300,
        .mark_count = 1,
        .marks = {{.hours = 241,
                   .level = LEVEL_SEVERE,
                   .over_percent = 10000,
                   .inclusive = true,
                   .restriction = {.kind = "off_sale", .hours = 3}}},
    };
    assert_instant(next_restriction_change(&marks, "18T00:30", 100), at("18T01:00"));
    assert_instant(next_restriction_change(&marks, "18T01:00", 100), at("18T04:00"));
}

static void test_next_restriction_change__no_mark_restricts__never(void **state)
{
    (void)state;
    static const struct backlog_policy marks = {
        .min_orders = 300,
        .mark_count = 1,
        .marks = {{.hours = 48, .level = LEVEL_WARNING, .over_percent = 10000}},
    };
    static const struct backlog_policy none = {.min_orders = 300};
    assert_instant(next_restriction_change(&marks, "10T12:00", 1000), INSTANT_NEVER);
    assert_instant(next_restriction_change(&none, "10T12:00", 1000), INSTANT_NEVER);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_next_restriction_change__begins_at_a_checkpoint_and_ends_with_what_is_in_force),
        unit(test_next_restriction_change__long_restriction__another_can_begin_before),
        unit(test_next_restriction_change__late_mark__is_of_an_older_cohort),
        unit(test_next_restriction_change__no_mark_restricts__never),
    };
    return cmocka_run_group_tests_name("domain/next_restriction", tests, NULL, NULL);
}
