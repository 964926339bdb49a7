#include "written.h"

#include "domain/mark.h"
#include "domain/replay.h"
#include "domain/what_if.h"

enum { WARNING_MARK, MILD_MARK, SEVERE_MARK };

static const struct backlog_policy contract_marks = {
    .min_orders = 300,
    .watch_hours = 24,
    .mark_count = 3,
    .marks = {{.hours = 48, .level = LEVEL_WARNING, .over_percent = 15000},
              {.hours = 72,
               .level = LEVEL_MILD,
               .over_percent = 10000,
               .inclusive = true,
               .restriction = {"search_demotion", true, 75, 72}},
              {.hours = 120,
               .level = LEVEL_SEVERE,
               .over_percent = 10000,
               .inclusive = true,
               .restriction = {"off_sale", false, 0, 24}}},
};

struct scene {
    struct zone zone;
    struct policy policy;
    struct question q;
    struct cohort cohorts[COHORTS_LISTED];
    struct backlog_reading reading;
    struct backlog backlog;
};
static struct scene s;

static void begin(const char *t)
{
    memset(&s, 0, sizeof s);
    zone_fixed(&s.zone, 8 * 60);
    s.policy.backlog = contract_marks;
    s.q = (struct question){&s.policy, &s.zone.calendar, at(t), BASIS_LIVE};
    replay_backlog_begin(&s.q, s.cohorts, COHORTS_LISTED, &s.reading);
}

static struct order_view order(const char *t0, const char *collected)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = at(collected),
                               .cancelled = INSTANT_NEVER};
}

static void add(const char *t0, const char *collected, int64_t count)
{
    struct order_view view = order(t0, collected);
    for (int64_t i = 0; i < count; i++)
        replay_backlog_add(&s.q, &view, &s.reading);
}

static void assess(void)
{
    static const struct feeds feeds;
    assert_true(backlog_assess(&s.q, &s.reading, &feeds, true, &s.backlog));
}

static struct cohort *cohort(int32_t day)
{
    return &s.cohorts[day - s.cohorts[0].day];
}

static enum mark_state worst(int32_t day, size_t mark)
{
    assess();
    return worst_state(&s.q, mark, &s.reading, cohort(day),
                       &s.backlog.cohorts[day - s.cohorts[0].day].marks[mark]);
}

static struct help help(enum remedy remedy, const char *by)
{
    return (struct help){remedy, at(by), s.cohorts[0].day, s.cohorts[0].day + COHORTS_LISTED - 1};
}

static void apply(enum remedy remedy, const char *t0, int64_t count)
{
    struct help given = help(remedy, NULL);
    given.by = s.q.t;
    struct order_view view = order(t0, NULL);
    for (int64_t i = 0; i < count; i++)
        help_apply(&s.q, &given, &view, &s.reading);
}

/* --- D-doc 3.4 --- */

/* Of n orders o are open and will be overdue; so many pick-ups, or exemptions, get out of the mark,
 * and one less does not. */
static void check_way_out(size_t mark, int64_t n, int64_t o, enum remedy remedy, int64_t least)
{
    for (int64_t done = least > 0 ? least - 1 : 0; done <= least; done++) {
        begin("02T12:00");
        add("01T20:00", "01T21:00", n - o);
        add("01T20:00", NULL, o);
        apply(remedy, "01T20:00", done);
        enum mark_state expected = MARK_CLEAR;
        if (done < least)
            expected = mark == WARNING_MARK ? MARK_WARNED : MARK_MILD;
        assert_int_equal(worst(JANUARY(1), mark), expected);
    }
}

static void test_what_if__vectors__are_the_least(void **state)
{
    (void)state;
    static const struct {
        int64_t n, o, mild_collect, mild_exempt, warning_collect, warning_exempt;
    } vectors[] = {
        {301, 30, 0, 0, 0, 0},     {301, 31, 1, 2, 0, 0},   {301, 45, 15, 17, 0, 0},
        {301, 46, 16, 18, 1, 1},   {310, 31, 1, 1, 0, 0},   {310, 40, 10, 11, 0, 0},
        {320, 48, 17, 18, 0, 0},   {320, 49, 18, 19, 1, 2}, {400, 120, 81, 89, 60, 71},
        {1000, 99, 0, 0, 0, 0},    {1000, 100, 1, 1, 0, 0}, {1000, 150, 51, 56, 0, 0},
        {1000, 151, 52, 57, 1, 2},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        print_message("%d of %d\n", (int)vectors[i].o, (int)vectors[i].n);
        check_way_out(MILD_MARK, vectors[i].n, vectors[i].o, REMEDY_COLLECT,
                      vectors[i].mild_collect);
        check_way_out(MILD_MARK, vectors[i].n, vectors[i].o, REMEDY_EXEMPT, vectors[i].mild_exempt);
        check_way_out(WARNING_MARK, vectors[i].n, vectors[i].o, REMEDY_COLLECT,
                      vectors[i].warning_collect);
        check_way_out(WARNING_MARK, vectors[i].n, vectors[i].o, REMEDY_EXEMPT,
                      vectors[i].warning_exempt);
    }
    begin("02T12:00");
    add("01T20:00", NULL, 300); /* 300 are not assessed */
    assert_int_equal(worst(JANUARY(1), MILD_MARK), MARK_NOT_ASSESSED);
}

/* --- one order --- */

static void test_help_try__orders__get_their_result(void **state)
{
    (void)state;
    static const struct {
        const char *t0, *collected, *cancelled, *by;
        enum help_result collect, exempt;
    } cases[] = {
        /* of 1 January, 20:00: its marks pass on 3, 4 and 6 January, 20:00 */
        {"01T20:00", NULL, NULL, "05T00:00", HELP_APPLIED, HELP_APPLIED},
        {"01T20:00", NULL, NULL, "06T20:00", HELP_APPLIED, HELP_APPLIED},
        {"01T20:00", NULL, NULL, "06T20:00:00.000001", HELP_TOO_LATE, HELP_APPLIED},
        {"01T20:00", "03T10:00", NULL, "05T00:00", HELP_ALREADY_COLLECTED, HELP_ALREADY_COLLECTED},
        {"01T20:00", NULL, "03T10:00", "05T00:00", HELP_CANCELLED, HELP_CANCELLED},
        {"01T20:00", "03T10:00", "03T10:00", "05T00:00", HELP_CANCELLED, HELP_CANCELLED},
        {"01T20:00", "03T10:00", "03T11:00", "05T00:00", HELP_ALREADY_COLLECTED,
         HELP_ALREADY_COLLECTED},
    };
    begin("05T00:00");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        struct order_view view = {.placed = true,
                                  .counts = true,
                                  .t0 = at(cases[i].t0),
                                  .collected = at(cases[i].collected),
                                  .cancelled = at(cases[i].cancelled)};
        struct help collect = help(REMEDY_COLLECT, cases[i].by),
                    exempt = help(REMEDY_EXEMPT, cases[i].by);
        assert_int_equal(help_try(&s.q, &collect, &view), cases[i].collect);
        assert_int_equal(help_try(&s.q, &exempt, &view), cases[i].exempt);
        collect.first_day = JANUARY(2);
        if (cases[i].exempt == HELP_APPLIED)
            assert_int_equal(help_try(&s.q, &collect, &view), HELP_NOT_LISTED);
        view.counts = false;
        assert_int_equal(help_try(&s.q, &exempt, &view), HELP_NOT_COUNTED);
        view.placed = false;
        assert_int_equal(help_try(&s.q, &exempt, &view), HELP_NOT_FOUND);
    }
}

/* T is 4 January, 12:00. Of 1 January the orders of 10:00 are overdue at 72 h, those of 20:00 are
 * not; those of 2 January, 10:00, are overdue at 48 h, whose checkpoint is ahead as that of 72 h of
 * the first is; of 29 December only past checkpoints are missed, and 120 h. */
static void test_help_worth__orders__are_helped_in_order(void **state)
{
    (void)state;
    begin("04T12:00");
    struct help collect = help(REMEDY_COLLECT, "04T12:00"), exempt = help(REMEDY_EXEMPT, NULL);
    static const char *const by_deadline[] = {"02T12:30", "01T12:30", "02T10:00", "03T10:00",
                                              "01T10:00"};
    /* 48 h on 4 January 12:30, 72 h then, 72 h on 5 January, 48 h then, 120 h on the sixth. */
    for (size_t i = 1; i < 5; i++) {
        struct help_worth one = help_worth(&s.q, &collect, at(by_deadline[i - 1]));
        struct help_worth next = help_worth(&s.q, &collect, at(by_deadline[i]));
        assert_int_equal(help_worth_compare(&one, &next) > 0, false);
    }
    static const char *const by_need[] = {"01T10:00", "02T10:00", "01T20:00", "03T20:00",
                                          "04T10:00"};
    for (size_t i = 1; i < 5; i++) {
        struct help_worth one = help_worth(&s.q, &exempt, at(by_need[i - 1]));
        struct help_worth next = help_worth(&s.q, &exempt, at(by_need[i]));
        assert_true(help_worth_compare(&one, &next) < 0);
    }
}

/* --- counts --- */

static void assert_counts(const struct cohort_mark *counts, int64_t eligible, int64_t overdue,
                          int64_t still_open, int64_t at_risk)
{
    assert_int_equal(counts->eligible, eligible);
    assert_int_equal(counts->overdue, overdue);
    assert_int_equal(counts->still_open, still_open);
    assert_int_equal(counts->at_risk, at_risk);
}

static void test_help_apply__counts__change_as_if_it_were_so(void **state)
{
    (void)state;
    begin("04T12:00");
    add("01T10:00", NULL, 5); /* overdue at 48 h, whose checkpoint is behind, and at 72 h */
    add("01T20:00", NULL, 5); /* overdue at 48 h */
    const struct cohort_mark *marks = cohort(JANUARY(1))->marks;
    assert_counts(&marks[WARNING_MARK], 10, 10, 10, 0);
    assert_counts(&marks[MILD_MARK], 10, 5, 5, 5);
    assert_counts(&marks[SEVERE_MARK], 10, 0, 0, 10);
    apply(REMEDY_COLLECT, "01T10:00", 1);
    assert_counts(&marks[WARNING_MARK], 10, 10, 10, 0);
    assert_counts(&marks[MILD_MARK], 10, 5, 4, 5); /* late, but not open at the checkpoint */
    assert_counts(&marks[SEVERE_MARK], 10, 0, 0, 9);
    apply(REMEDY_COLLECT, "01T20:00", 2);
    assert_counts(&marks[MILD_MARK], 10, 5, 4, 3);
    assert_counts(&marks[SEVERE_MARK], 10, 0, 0, 7);
    apply(REMEDY_EXEMPT, "01T10:00", 2);
    assert_counts(&marks[WARNING_MARK], 8, 8, 8, 0);
    assert_counts(&marks[MILD_MARK], 8, 3, 2, 3);
    assert_counts(&marks[SEVERE_MARK], 8, 0, 0, 5);
    assert_int_equal(cohort(JANUARY(1))->exempt, 2);
    assert_int_equal(cohort(JANUARY(1))->orders, 10);

    /* What is collected behind its mark stays at risk of it. */
    begin("04T12:00");
    add("01T20:00", NULL, 1);
    struct help late = help(REMEDY_COLLECT, "05T10:00");
    struct order_view open = order("01T20:00", NULL);
    help_apply(&s.q, &late, &open, &s.reading);
    assert_counts(&cohort(JANUARY(1))->marks[MILD_MARK], 1, 0, 0, 1);
    assert_counts(&cohort(JANUARY(1))->marks[SEVERE_MARK], 1, 0, 0, 0);
}

/* --- levels --- */

static void test_worst_level__highest_of_now_and_of_what_comes(void **state)
{
    (void)state;
    begin("02T12:00");
    add("01T20:00", "01T21:00", 700);
    add("01T20:00", NULL, 100);
    assess();
    assert_int_equal(s.backlog.level, LEVEL_NONE);
    /* An eighth is no warning, but mild, and severe. */
    assert_int_equal(worst_level(&s.q, &s.reading, &s.backlog), LEVEL_SEVERE);
    apply(REMEDY_COLLECT, "01T20:00", 21);
    assess();
    assert_int_equal(worst_level(&s.q, &s.reading, &s.backlog), LEVEL_NONE);
    /* At 5 January, 12:00, with 11 % overdue at 72 h, mild is in force. */
    begin("05T12:00");
    add("01T20:00", "01T21:00", 890);
    add("01T20:00", NULL, 110);
    apply(REMEDY_COLLECT, "01T20:00", 110);
    assess();
    assert_int_equal(s.backlog.level, LEVEL_MILD);
    assert_int_equal(worst_level(&s.q, &s.reading, &s.backlog), LEVEL_MILD);
}

/* --- edges --- */

static struct order_view open_order(const char *t0)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = INSTANT_NEVER,
                               .cancelled = INSTANT_NEVER};
}

static void test_help_try__edges__are_kept_to(void **state)
{
    (void)state;
    begin("07T00:00"); /* 1 to 7 January are listed */
    struct help exempt = help(REMEDY_EXEMPT, "07T00:00");
    struct order_view first = open_order("01T00:00"), second = open_order("02T00:00"),
                      early = open_order("07T01:00"), taken = open_order("05T00:00");
    early.early = true;
    taken.collected = at("07T00:00");
    assert_int_equal(help_try(&s.q, &exempt, &first), HELP_APPLIED);
    assert_int_equal(help_try(&s.q, &exempt, &early), HELP_NOT_COUNTED);
    assert_int_equal(help_try(&s.q, &exempt, &taken), HELP_ALREADY_COLLECTED);
    exempt.last_day = JANUARY(1);
    assert_int_equal(help_try(&s.q, &exempt, &first), HELP_APPLIED);
    assert_int_equal(help_try(&s.q, &exempt, &second), HELP_NOT_LISTED);
    /* By the lenient reading a pick-up helps until the last checkpoint, which is now. */
    s.policy.backlog.lenient = true;
    struct help collect = help(REMEDY_COLLECT, "07T00:00");
    assert_int_equal(help_try(&s.q, &collect, &first), HELP_APPLIED);
    collect.by.us++;
    assert_int_equal(help_try(&s.q, &collect, &first), HELP_TOO_LATE);
    assert_int_equal(help_try(&s.q, &collect, &second), HELP_APPLIED);
}

static void test_help_apply__edges__are_those_of_the_rule(void **state)
{
    (void)state;
    begin("04T20:00"); /* exactly at the mark of 72 h: not overdue */
    add("01T20:00", NULL, 1);
    apply(REMEDY_EXEMPT, "01T20:00", 1);
    assert_counts(&cohort(JANUARY(1))->marks[MILD_MARK], 0, 0, 0, 0);
    begin("05T00:00"); /* exactly at its checkpoint: what is collected at it is not open at it */
    add("01T20:00", NULL, 1);
    apply(REMEDY_COLLECT, "01T20:00", 1);
    assert_counts(&cohort(JANUARY(1))->marks[MILD_MARK], 1, 1, 0, 0);
    begin("04T21:00"); /* collected behind the checkpoint it was open at it */
    add("01T20:00", NULL, 1);
    struct help late = help(REMEDY_COLLECT, "05T01:00");
    struct order_view open = order("01T20:00", NULL);
    help_apply(&s.q, &late, &open, &s.reading);
    assert_counts(&cohort(JANUARY(1))->marks[MILD_MARK], 1, 1, 1, 0);
    begin("04T21:00"); /* overdue by the strict reading, it was not at risk of that */
    s.policy.backlog.lenient = true;
    add("01T20:00", NULL, 1);
    apply(REMEDY_COLLECT, "01T20:00", 1);
    assert_counts(&cohort(JANUARY(1))->marks[MILD_MARK], 1, 1, 0, 0);
}

static void test_worst_state__lenient__everything_stays_open(void **state)
{
    (void)state;
    begin("02T12:00");
    s.policy.backlog.lenient = true;
    add("01T20:00", "01T21:00", 900);
    add("01T20:00", NULL, 100);
    assert_int_equal(worst(JANUARY(1), MILD_MARK), MARK_MILD);
}

/* Severe is in force by 1 January; what 5 January comes to is mild. */
static void test_worst_level__lower_than_now__is_now(void **state)
{
    (void)state;
    begin("07T12:00");
    s.policy.backlog.marks[SEVERE_MARK].over_percent = 60000;
    add("01T20:00", "01T21:00", 300);
    add("01T20:00", NULL, 700);
    add("05T20:00", "05T21:00", 800);
    add("05T20:00", NULL, 200);
    assess();
    assert_int_equal(s.backlog.level, LEVEL_SEVERE);
    assert_int_equal(worst(JANUARY(5), MILD_MARK), MARK_MILD);
    assert_int_equal(worst_level(&s.q, &s.reading, &s.backlog), LEVEL_SEVERE);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_what_if__vectors__are_the_least),
        unit(test_help_try__orders__get_their_result),
        unit(test_help_worth__orders__are_helped_in_order),
        unit(test_help_apply__counts__change_as_if_it_were_so),
        unit(test_worst_level__highest_of_now_and_of_what_comes),
        unit(test_help_try__edges__are_kept_to),
        unit(test_help_apply__edges__are_those_of_the_rule),
        unit(test_worst_state__lenient__everything_stays_open),
        unit(test_worst_level__lower_than_now__is_now),
    };
    return cmocka_run_group_tests_name("domain/what_if", tests, NULL, NULL);
}
