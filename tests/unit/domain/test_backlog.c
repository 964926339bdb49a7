#include "written.h"

#include "domain/backlog.h"

#define HOUR US_PER_HOUR
#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* The contract's marks: more than 15 % at 48 h warns, 10 % at 72 h is mild and demotes for 72 h, 10
 * % at 120 h is severe and takes off sale for 24 h. */
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

#define SCENE_DAYS 60

/* Cohorts of a thousand orders, all collected in time but where a test says otherwise. */
struct scene {
    struct zone zone;
    struct policy policy;
    struct question q;
    struct cohort cohorts[SCENE_DAYS];
    struct backlog_reading reading;
    struct feeds feeds;
};

/* The reading starts with `first_day` and ends with t's day. */
static void scene_begin(struct scene *scene, const char *t, int32_t first_day)
{
    memset(scene, 0, sizeof *scene);
    zone_fixed(&scene->zone, 8 * 60);
    scene->policy.backlog = contract_marks;
    scene->q = (struct question){&scene->policy, &scene->zone.calendar, at(t), BASIS_LIVE};
    int32_t today = calendar_day(scene->q.calendar, scene->q.t);
    size_t count = (size_t)(today - first_day + 1);
    assert_in_range(count, COHORTS_LISTED, SCENE_DAYS);
    for (size_t i = 0; i < count; i++) {
        scene->cohorts[i] = (struct cohort){.day = first_day + (int32_t)i, .orders = 1000};
        for (size_t m = 0; m < POLICY_MARKS_MAX; m++)
            scene->cohorts[i].marks[m].eligible = 1000;
    }
    scene->reading = (struct backlog_reading){
        .cohorts = scene->cohorts, .cohort_count = count, .next_change = INSTANT_NEVER};
    for (int feed = 0; feed < FEEDS; feed++)
        scene->feeds.through[feed] = INSTANT_NEVER;
}

static struct cohort *scene_cohort(struct scene *scene, int32_t day)
{
    assert_in_range(day, scene->cohorts[0].day,
                    scene->cohorts[scene->reading.cohort_count - 1].day);
    return &scene->cohorts[day - scene->cohorts[0].day];
}

static void scene_overdue(struct scene *scene, int32_t day, size_t mark, int64_t overdue)
{
    struct cohort_mark *counts = &scene_cohort(scene, day)->marks[mark];
    counts->overdue = counts->still_open = overdue;
}

static struct backlog scene_assess(const struct scene *scene)
{
    struct backlog backlog;
    assert_true(backlog_assess(&scene->q, &scene->reading, &scene->feeds, true, &backlog));
    return backlog;
}

static const struct cohort_verdict *verdict_of(const struct scene *scene,
                                               const struct backlog *backlog, int32_t day)
{
    int32_t first = calendar_day(scene->q.calendar, scene->q.t) - COHORTS_LISTED + 1;
    assert_in_range(day, first, first + COHORTS_LISTED - 1);
    return &backlog->cohorts[day - first];
}

/* --- ways out --- */

/* D-doc 3.4. At 300 orders the gate, and not the ratio, decides: see the test of states. */
static void test_ways_out__table_of_the_rule__agree(void **state)
{
    (void)state;
    static const struct {
        int64_t eligible, overdue;
        bool warned, mild;
        int64_t collect_mild, exempt_mild, collect_warning, exempt_warning;
    } cases[] = {
        {301, 30, false, false, 0, 0, 0, 0},    {301, 31, false, true, 1, 2, 0, 0},
        {301, 45, false, true, 15, 17, 0, 0},   {301, 46, true, true, 16, 18, 1, 1},
        {310, 31, false, true, 1, 1, 0, 0},     {310, 40, false, true, 10, 11, 0, 0},
        {320, 48, false, true, 17, 18, 0, 0},   {320, 49, true, true, 18, 19, 1, 2},
        {400, 120, true, true, 81, 89, 60, 71}, {1000, 99, false, false, 0, 0, 0, 0},
        {1000, 100, false, true, 1, 1, 0, 0},   {1000, 150, false, true, 51, 56, 0, 0},
        {1000, 151, true, true, 52, 57, 1, 2},
    };
    const struct mark *warning = &contract_marks.marks[WARNING_MARK];
    const struct mark *mild = &contract_marks.marks[MILD_MARK];
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t e = cases[i].eligible, o = cases[i].overdue;
        print_message("%d of %d\n", (int)o, (int)e);
        assert_int_equal(mark_holds(warning, o, e), cases[i].warned);
        assert_int_equal(mark_holds(mild, o, e), cases[i].mild);
        assert_int_equal(collect_to_clear(mild, o, e), cases[i].collect_mild);
        assert_int_equal(exempt_to_clear(mild, o, e), cases[i].exempt_mild);
        assert_int_equal(collect_to_clear(warning, o, e), cases[i].collect_warning);
        assert_int_equal(exempt_to_clear(warning, o, e), cases[i].exempt_warning);
    }
}

static bool reaches(int64_t count, int64_t eligible, int64_t over_percent, bool inclusive)
{
    int64_t have = count * 100000, limit = eligible * over_percent;
    return eligible > 0 && (inclusive ? have >= limit : have > limit);
}

/* Collecting one more at a time; overdue + 1 when not even all of them are enough. */
static int64_t collect_by_trial(int64_t overdue, int64_t eligible, int64_t over_percent,
                                bool inclusive)
{
    int64_t k = 0;
    while (k <= overdue && reaches(overdue - k, eligible, over_percent, inclusive))
        k++;
    return k;
}

/* Exempting one more at a time, overdue ones first. */
static int64_t exempt_by_trial(int64_t overdue, int64_t eligible, int64_t over_percent,
                               bool inclusive)
{
    int64_t k = 0;
    while (reaches(overdue > k ? overdue - k : 0, eligible - k, over_percent, inclusive))
        k++;
    return k;
}

static void try_percentage(int64_t over_percent, bool inclusive)
{
    const struct mark mark = {.hours = 72, .over_percent = over_percent, .inclusive = inclusive};
    for (int64_t e = 0; e <= 60; e++)
        for (int64_t o = 0; o <= e; o++) {
            int64_t collect = collect_by_trial(o, e, over_percent, inclusive);
            int64_t exempt = exempt_by_trial(o, e, over_percent, inclusive);
            if (mark_holds(&mark, o, e) != reaches(o, e, over_percent, inclusive) ||
                collect_to_clear(&mark, o, e) != collect || exempt_to_clear(&mark, o, e) != exempt)
                fail_msg("%d of %d at %d%s: collect %d instead of %d, exempt %d instead of %d",
                         (int)o, (int)e, (int)over_percent, inclusive ? " inclusive" : "",
                         (int)collect_to_clear(&mark, o, e), (int)collect,
                         (int)exempt_to_clear(&mark, o, e), (int)exempt);
        }
}

static void test_ways_out__every_small_cohort__are_the_least_by_trial(void **state)
{
    (void)state;
    static const int64_t percentages[] = {1,     500,   1000,  3333,  5000,  7001,
                                          10000, 12500, 15000, 20000, 33333, 50000,
                                          66667, 90000, 99000, 99999, 100000};
    for (size_t i = 0; i < LENGTH(percentages); i++) {
        try_percentage(percentages[i], false);
        try_percentage(percentages[i], true);
    }
    try_percentage(0, false);
}

/* "At least 0 %" holds while anything is eligible: no pick-up helps, and only exempting everything
 * does. */
static void test_ways_out__zero_percent_inclusive__everything_has_to_be_exempted(void **state)
{
    (void)state;
    try_percentage(0, true);
}

static void test_mark_holds__large_counts__do_not_overflow(void **state)
{
    (void)state;
    const struct mark *mild = &contract_marks.marks[MILD_MARK];
    int64_t e = INT64_C(4000000000000000);
    assert_true(mark_holds(mild, e / 10, e));
    assert_false(mark_holds(mild, e / 10 - 1, e));
    assert_int_equal(collect_to_clear(mild, e / 10, e), 1);
    assert_int_equal(exempt_to_clear(mild, e / 10, e), 1);
}

/* --- one mark --- */

/* The cohort of 1 January: checkpoints on the 4th, 5th and 7th at 00:00. */
static void test_mark_assess__checkpoints__are_the_days_end_and_the_hours(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "02T12:00", JANUARY(1) - 10);
    static const char *const checkpoints[] = {"04T00:00", "05T00:00", "07T00:00"};
    for (size_t m = 0; m < 3; m++)
        assert_instant(
            mark_assess(&scene.q, m, &scene.reading, scene_cohort(&scene, JANUARY(1))).checkpoint,
            at(checkpoints[m]));
    zone_shift(&scene.zone, JANUARY(1),
               HOUR); /* a day of 23 hours; from its end on the hours are elapsed ones */
    assert_instant(
        mark_assess(&scene.q, MILD_MARK, &scene.reading, scene_cohort(&scene, JANUARY(1)))
            .checkpoint,
        at("04T23:00"));
}

static void test_mark_assess__states__by_checkpoint_gate_and_ratio(void **state)
{
    (void)state;
    static const struct {
        const char *t;
        size_t mark;
        int64_t orders, eligible, overdue;
        enum mark_state state;
        bool inevitable;
    } cases[] = {
        {"04T23:59:59.999999", MILD_MARK, 1000, 1000, 500, MARK_PENDING, true},
        {"05T00:00", MILD_MARK, 1000, 1000, 500, MARK_MILD, true},
        {"09T00:00", MILD_MARK, 1000, 1000, 500, MARK_MILD, true},
        {"05T00:00", MILD_MARK, 1000, 1000, 100, MARK_MILD, true},
        {"05T00:00", MILD_MARK, 1000, 1000, 99, MARK_CLEAR, false},
        {"05T00:00", MILD_MARK, 1000, 1000, 0, MARK_CLEAR, false},
        {"04T00:00", WARNING_MARK, 1000, 1000, 150, MARK_CLEAR, false},
        {"04T00:00", WARNING_MARK, 1000, 1000, 151, MARK_WARNED, true},
        {"03T23:59:59.999999", WARNING_MARK, 1000, 1000, 151, MARK_PENDING, true},
        {"07T00:00", SEVERE_MARK, 1000, 1000, 100, MARK_SEVERE, true},
        {"06T23:59:59.999999", SEVERE_MARK, 1000, 1000, 100, MARK_PENDING, true},
        /* the gate counts orders, exempt and cancelled ones too; the arithmetic ignores it */
        {"05T00:00", MILD_MARK, 300, 300, 300, MARK_NOT_ASSESSED, true},
        {"05T00:00", MILD_MARK, 301, 301, 31, MARK_MILD, true},
        {"05T00:00", MILD_MARK, 301, 301, 30, MARK_CLEAR, false},
        {"05T00:00", MILD_MARK, 301, 10, 1, MARK_MILD, true},
        {"04T12:00", MILD_MARK, 300, 300, 300, MARK_PENDING, true},
        /* nothing eligible: never a division by zero, never "0 %" */
        {"05T00:00", MILD_MARK, 1000, 0, 0, MARK_NOT_ASSESSED, false},
        {"05T00:00", MILD_MARK, 0, 0, 0, MARK_NOT_ASSESSED, false},
        {"04T12:00", MILD_MARK, 0, 0, 0, MARK_PENDING, false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 10);
        struct cohort *cohort = scene_cohort(&scene, JANUARY(1));
        cohort->orders = cases[i].orders;
        cohort->marks[cases[i].mark].eligible = cases[i].eligible;
        scene_overdue(&scene, JANUARY(1), cases[i].mark, cases[i].overdue);
        struct mark_verdict verdict = mark_assess(&scene.q, cases[i].mark, &scene.reading, cohort);
        assert_string_equal(mark_state_name(verdict.state), mark_state_name(cases[i].state));
        assert_int_equal(verdict.inevitable, cases[i].inevitable);
        assert_false(verdict.readings_disagree);
        if (cases[i].eligible == 0) {
            assert_int_equal(verdict.collect_to_clear, 0);
            assert_int_equal(verdict.exempt_to_clear, 0);
            assert_true(verdict.can_collect);
        }
    }
}

static void test_mark_state_name__states__have_the_contracts_words(void **state)
{
    (void)state;
    static const char *const names[] = {"pending", "clear",  "warned",
                                        "mild",    "severe", "not_assessed"};
    for (int i = 0; i < (int)LENGTH(names); i++)
        assert_string_equal(mark_state_name((enum mark_state)i), names[i]);
}

/* Only what is at risk can still be collected; what is overdue stays so. */
static void test_mark_assess__ways_out__count_on_the_orders_at_risk(void **state)
{
    (void)state;
    static const struct {
        int64_t overdue, at_risk;
        bool inevitable, can_collect;
        int64_t collect, exempt;
    } cases[] = {
        {0, 0, false, true, 0, 0},   {0, 99, false, true, 0, 0},        {0, 100, false, true, 1, 1},
        {99, 1, false, true, 1, 1},  {99, 100, false, true, 100, 111},  {100, 0, true, false, 1, 1},
        {100, 1, true, false, 2, 2}, {100, 500, true, false, 501, 556}, {50, 50, false, true, 1, 1},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene, "04T12:00", JANUARY(1) - 10);
        scene_overdue(&scene, JANUARY(1), MILD_MARK, cases[i].overdue);
        scene_cohort(&scene, JANUARY(1))->marks[MILD_MARK].at_risk = cases[i].at_risk;
        struct mark_verdict verdict =
            mark_assess(&scene.q, MILD_MARK, &scene.reading, scene_cohort(&scene, JANUARY(1)));
        assert_int_equal(verdict.inevitable, cases[i].inevitable);
        assert_int_equal(verdict.can_collect, cases[i].can_collect);
        assert_int_equal(verdict.exempt_to_clear, cases[i].exempt);
        if (cases[i].can_collect)
            assert_int_equal(verdict.collect_to_clear, cases[i].collect);
    }
}

/* 120 overdue, 80 of them still open at the checkpoint: the strict reading is mild, the lenient one
 * is not. */
static void test_mark_assess__basis__decides_which_reading_counts(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "05T00:00", JANUARY(1) - 10);
    struct cohort *cohort = scene_cohort(&scene, JANUARY(1));
    cohort->marks[MILD_MARK].overdue = 120;
    cohort->marks[MILD_MARK].still_open = 80;
    struct mark_verdict verdict = mark_assess(&scene.q, MILD_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_MILD);
    assert_true(verdict.readings_disagree);
    assert_int_equal(verdict.exempt_to_clear, 23); /* 97 of 977 */

    scene.policy.backlog.lenient = true;
    verdict = mark_assess(&scene.q, MILD_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_CLEAR);
    assert_false(verdict.inevitable);
    assert_true(verdict.readings_disagree);
    assert_int_equal(verdict.exempt_to_clear, 0);

    cohort->marks[MILD_MARK].still_open = 100;
    verdict = mark_assess(&scene.q, MILD_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_MILD);
    assert_true(verdict.inevitable);
    assert_false(verdict.readings_disagree);
}

/* Before the checkpoint an overdue order can still be collected, as the lenient reading has it. */
static void test_mark_assess__lenient_before_the_checkpoint__nothing_is_inevitable(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T23:59:59.999999", JANUARY(1) - 10);
    scene.policy.backlog.lenient = true;
    struct cohort *cohort = scene_cohort(&scene, JANUARY(1));
    cohort->marks[MILD_MARK].overdue = 300;
    cohort->marks[MILD_MARK].still_open = 150;
    cohort->marks[MILD_MARK].at_risk = 10;
    struct mark_verdict verdict = mark_assess(&scene.q, MILD_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_PENDING);
    assert_false(verdict.inevitable);
    assert_true(verdict.can_collect);
    assert_int_equal(verdict.collect_to_clear, 61); /* 160 down to 99 */

    scene.q.t = at("05T00:00");
    cohort->marks[MILD_MARK].at_risk = 0;
    verdict = mark_assess(&scene.q, MILD_MARK, &scene.reading, cohort);
    assert_true(verdict.inevitable);
    assert_false(verdict.can_collect);
}

/* --- restrictions --- */

static const struct restriction *restriction_of(const struct backlog *backlog, const char *kind)
{
    const struct restriction *found = NULL;
    for (size_t i = 0; i < backlog->restriction_count; i++)
        if (strcmp(backlog->restrictions[i].rule->kind, kind) == 0) {
            assert_null(found); /* one per kind */
            found = &backlog->restrictions[i];
        }
    return found;
}

/* Which days of January, in a text: "1 2 3". */
static void cohorts_of(const struct scene *scene, const struct restriction *restriction, char *text,
                       size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < scene->reading.cohort_count; i++) {
        const struct cohort *cohort = &scene->cohorts[i];
        if (!restriction_has_cohort(&scene->q, &scene->reading, restriction, cohort))
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%d", len == 0 ? "" : " ",
                                (int)(cohort->day - JANUARY(0)));
    }
}

static void assert_demotion(const struct scene *scene, const char *from, const char *to,
                            const char *cohorts)
{
    struct backlog backlog = scene_assess(scene);
    const struct restriction *demotion = restriction_of(&backlog, "search_demotion");
    if (from == NULL) {
        assert_null(demotion);
        return;
    }
    assert_non_null(demotion);
    assert_instant(demotion->from, at(from));
    assert_instant(demotion->to, at(to));
    char text[256];
    cohorts_of(scene, demotion, text, sizeof text);
    assert_string_equal(text, cohorts);
}

/* D-doc 3.2: cohorts of 1, 2 and 3 January all mild: one demotion from the 5th to the 10th. */
static void test_restrictions__three_days_in_a_row__are_one_interval(void **state)
{
    (void)state;
    static const struct {
        const char *t, *from, *to, *cohorts;
    } cases[] = {
        {"04T23:59:59.999999", NULL, NULL, NULL},
        {"05T00:00", "05T00:00", "08T00:00", "1"},
        {"05T23:59:59.999999", "05T00:00", "08T00:00", "1"},
        {"06T00:00", "05T00:00", "09T00:00", "1 2"},
        {"07T00:00", "05T00:00", "10T00:00", "1 2 3"},
        {"09T12:00", "05T00:00", "10T00:00", "1 2 3"},
        {"09T23:59:59.999999", "05T00:00", "10T00:00", "1 2 3"},
        {"10T00:00", NULL, NULL, NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].t);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 20);
        for (int day = 1; day <= 3; day++)
            scene_overdue(&scene, JANUARY(day), MILD_MARK, 100);
        assert_demotion(&scene, cases[i].from, cases[i].to, cases[i].cohorts);
    }
}

static void test_restrictions__intervals_that_touch__are_one(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "09T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 100); /* 5th to 8th */
    scene_overdue(&scene, JANUARY(4), MILD_MARK, 100); /* 8th to 11th */
    assert_demotion(&scene, "05T00:00", "11T00:00", "1 4");

    scene_begin(&scene, "10T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 100);
    scene_overdue(&scene, JANUARY(5), MILD_MARK, 100); /* 9th to 12th: a day between */
    assert_demotion(&scene, "09T00:00", "12T00:00", "5");
}

/* Hits of which neither touches the other, joined by a third. */
static void test_restrictions__chain__takes_in_every_link(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "14T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1) - 5, MILD_MARK, 100); /* 27 December: until 2 January, a gap */
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 100);     /* 5th to 8th */
    scene_overdue(&scene, JANUARY(4), MILD_MARK, 100);     /* 8th to 11th */
    scene_overdue(&scene, JANUARY(7), MILD_MARK, 100);     /* 11th to 14th */
    scene_overdue(&scene, JANUARY(9), MILD_MARK, 100);     /* 13th to 16th */
    assert_demotion(&scene, "05T00:00", "16T00:00", "1 4 7 9");
}

static void test_restrictions__what_is_not_hit__restricts_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "06T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 900); /* warns, and that is all it does */
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 99);
    scene_overdue(&scene, JANUARY(2), MILD_MARK, 900);
    scene_cohort(&scene, JANUARY(2))->orders = 300;    /* not assessed */
    scene_overdue(&scene, JANUARY(3), MILD_MARK, 900); /* pending until the 7th */
    struct backlog backlog = scene_assess(&scene);
    assert_int_equal(backlog.restriction_count, 0);
}

static void test_restrictions__kinds__run_in_parallel_and_the_worse_is_the_level(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "07T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 200);
    scene_overdue(&scene, JANUARY(1), SEVERE_MARK, 100);
    struct backlog backlog = scene_assess(&scene);
    assert_int_equal(backlog.restriction_count, 2);
    const struct restriction *off_sale = restriction_of(&backlog, "off_sale");
    assert_non_null(off_sale);
    assert_instant(off_sale->from, at("07T00:00"));
    assert_instant(off_sale->to, at("08T00:00"));
    assert_false(off_sale->rule->has_percent);
    const struct restriction *demotion = restriction_of(&backlog, "search_demotion");
    assert_non_null(demotion);
    assert_instant(demotion->from, at("05T00:00"));
    assert_instant(demotion->to, at("08T00:00"));
    assert_int_equal(demotion->rule->percent, 75);
    assert_string_equal(backlog_level_name(backlog.level), "severe");

    scene_overdue(&scene, JANUARY(1), SEVERE_MARK, 99);
    assert_string_equal(backlog_level_name(scene_assess(&scene).level), "mild");
}

/* Two marks of one kind: the interval is united, the percentage that of the marks in force at t. */
static void test_restrictions__two_marks_of_one_kind__the_largest_percentage_in_force(void **state)
{
    (void)state;
    static const struct {
        const char *t;
        int32_t low_day, high_day; /* hit at 72 h, at 96 h; 0: none */
        const char *from, *to;
        int32_t percent;
    } cases[] = {
        {"05T12:00", 1, 1, "05T00:00", "08T00:00", 50}, /* the 96 h mark is pending */
        {"06T00:00", 1, 1, "05T00:00", "09T00:00", 75},
        {"08T12:00", 1, 1, "05T00:00", "09T00:00", 75}, /* only the 96 h one still is in force */
        {"08T12:00", 4, 0, "08T00:00", "11T00:00", 50},
        {"09T12:00", 5, 1, "06T00:00", "12T00:00",
         50}, /* 6th to 9th at 75 %, over; 9th to 12th at 50 % */
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 20);
        struct mark *marks = scene.policy.backlog.marks;
        marks[1].restriction.percent = 50;
        marks[2] = (struct mark){.hours = 96,
                                 .level = LEVEL_MILD,
                                 .over_percent = 20000,
                                 .restriction = {"search_demotion", true, 75, 72}};
        scene_overdue(&scene, JANUARY(cases[i].low_day), 1, 300);
        if (cases[i].high_day != 0)
            scene_overdue(&scene, JANUARY(cases[i].high_day), 2, 300);
        struct backlog backlog = scene_assess(&scene);
        const struct restriction *demotion = restriction_of(&backlog, "search_demotion");
        assert_non_null(demotion);
        assert_instant(demotion->from, at(cases[i].from));
        assert_instant(demotion->to, at(cases[i].to));
        assert_int_equal(demotion->rule->percent, cases[i].percent);
    }
}

/* A demotion from the 5th on: a hit of 29 December would end on the 5th and touch it, one of the
 * 28th would not. */
static void test_backlog_assess__chain_may_reach_back__asks_for_more_days(void **state)
{
    (void)state;
    static const struct {
        int32_t first_day;
        bool first_is_all, enough;
    } cases[] = {
        {JANUARY(1), false, false},  {JANUARY(1), true, true},   {JANUARY(0), false, false},
        {JANUARY(-1), false, false}, {JANUARY(-2), false, true}, {JANUARY(-20), false, true},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene, "07T12:00", cases[i].first_day);
        scene_overdue(&scene, JANUARY(1), MILD_MARK, 100);
        struct backlog backlog;
        assert_int_equal(
            backlog_assess(&scene.q, &scene.reading, &scene.feeds, cases[i].first_is_all, &backlog),
            cases[i].enough);
    }
}

static void test_backlog_assess__nothing_in_force__never_asks_for_more(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "07T12:00", JANUARY(1));
    struct backlog backlog;
    assert_true(backlog_assess(&scene.q, &scene.reading, &scene.feeds, false, &backlog));
    assert_int_equal(backlog.level, LEVEL_NONE);
}

/* --- level --- */

static void assert_level(const struct scene *scene, const char *level, bool advisory)
{
    struct backlog backlog = scene_assess(scene);
    assert_string_equal(backlog_level_name(backlog.level), level);
    assert_int_equal(backlog.advisory, advisory);
}

static void test_level__restriction__while_it_is_in_force(void **state)
{
    (void)state;
    static const struct {
        const char *t, *level;
    } cases[] = {{"05T00:00", "mild"},
                 {"07T23:59:59.999999", "mild"},
                 {"08T00:00", "none"},
                 {"12T00:00", "none"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].t);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 20);
        scene_overdue(&scene, JANUARY(1), MILD_MARK, 100);
        assert_level(&scene, cases[i].level, false);
    }
}

static void test_level__restriction_of_an_unlisted_cohort__counts(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "12T12:00", JANUARY(1) - 20); /* lists the 6th to the 12th */
    scene.policy.backlog.marks[MILD_MARK].restriction.hours = 240;
    scene_overdue(&scene, JANUARY(1), MILD_MARK, 100);
    assert_level(&scene, "mild", false);
    assert_demotion(&scene, "05T00:00", "15T00:00", "1");
}

static void test_level__warned__until_the_next_marks_checkpoint(void **state)
{
    (void)state;
    static const struct {
        const char *t, *level;
    } cases[] = {
        {"03T23:59:59.999999", "none"},
        {"04T00:00", "warning"},
        {"04T23:59:59.999999", "warning"},
        {"05T00:00", "none"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].t);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 20);
        scene_overdue(&scene, JANUARY(1), WARNING_MARK, 151);
        assert_level(&scene, cases[i].level, false);
        scene_cohort(&scene, JANUARY(1))->orders = 300;
        assert_level(&scene, "none", false);
    }
    struct scene scene;
    scene_begin(&scene, "04T12:00", JANUARY(1) - 20);
    scene.policy.backlog.mark_count = 1; /* no next mark to warn of */
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 151);
    assert_level(&scene, "none", false);
}

/* Only severe and mild are levels of a restriction; a warning is one of its mark. */
static void test_level__restriction_of_a_warning_mark__is_no_level(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "05T12:00", JANUARY(1) - 20);
    scene.policy.backlog.marks[WARNING_MARK].restriction =
        (struct restriction_rule){"notice", false, 0, 72};
    scene_overdue(&scene, JANUARY(1), WARNING_MARK,
                  151); /* 4th to 7th; the next mark's checkpoint was the 5th */
    struct backlog backlog = scene_assess(&scene);
    assert_non_null(restriction_of(&backlog, "notice"));
    assert_level(&scene, "none", false);
}

/* The cohort of 1 January at 72 h: checkpoint on the 5th, watched from the 4th on. */
static void test_level__watch__within_the_watch_hours_or_inevitable(void **state)
{
    (void)state;
    static const struct {
        const char *t;
        int64_t overdue, at_risk;
        const char *level;
    } cases[] = {
        {"03T23:59:59.999999", 0, 1000, "none"},
        {"04T00:00", 0, 1000, "watch"},
        {"04T00:00", 0, 100, "watch"},
        {"04T00:00", 0, 99, "none"},
        {"04T00:00", 50, 50, "watch"},
        {"04T00:00", 50, 49, "none"},
        {"03T12:00", 99, 901, "none"},
        {"03T12:00", 100, 0, "watch"}, /* inevitable, however far the checkpoint is */
        {"04T23:59:59.999999", 0, 100, "watch"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_begin(&scene, cases[i].t, JANUARY(1) - 20);
        scene_overdue(&scene, JANUARY(1), MILD_MARK, cases[i].overdue);
        scene_cohort(&scene, JANUARY(1))->marks[MILD_MARK].at_risk = cases[i].at_risk;
        assert_level(&scene, cases[i].level, false);
        /* below the gate it is advice */
        scene_cohort(&scene, JANUARY(1))->orders = 300;
        assert_level(&scene, cases[i].level, strcmp(cases[i].level, "watch") == 0);
    }
}

static void test_level__watch__needs_a_restriction_to_fear(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "03T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(1), WARNING_MARK,
                  900); /* pending until the 4th, restricts nothing */
    assert_level(&scene, "none", false);
}

static void test_level__watch_hours__are_the_policys(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T22:00", JANUARY(1) - 20);
    scene_cohort(&scene, JANUARY(1))->marks[MILD_MARK].at_risk = 100;
    scene.policy.backlog.watch_hours = 2;
    assert_level(&scene, "watch", false);
    scene.policy.backlog.watch_hours = 1;
    assert_level(&scene, "none", false);
    scene.policy.backlog.watch_hours = 0;
    assert_level(&scene, "none", false);
}

static void test_level__advisory__only_when_every_cause_is_below_the_gate(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(2), MILD_MARK, 100);
    scene_cohort(&scene, JANUARY(2))->orders = 300;
    assert_level(&scene, "watch", true);
    scene_overdue(&scene, JANUARY(3), MILD_MARK, 100);
    assert_level(&scene, "watch", false);
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 151);
    assert_level(&scene, "warning", false);
}

static void test_level__order__severe_mild_warning_watch(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "08T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(6), MILD_MARK, 100); /* inevitable */
    assert_level(&scene, "watch", false);
    scene_overdue(&scene, JANUARY(5), WARNING_MARK, 151); /* warned on the 8th */
    assert_level(&scene, "warning", false);
    scene_overdue(&scene, JANUARY(3), MILD_MARK, 100); /* 7th to 10th */
    assert_level(&scene, "mild", false);
    scene_overdue(&scene, JANUARY(2), SEVERE_MARK, 100); /* 8th to 9th */
    assert_level(&scene, "severe", false);
}

static void test_level__lenient__watches_with_what_is_still_open(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T12:00", JANUARY(1) - 20);
    scene.policy.backlog.lenient = true;
    struct cohort_mark *counts = &scene_cohort(&scene, JANUARY(1))->marks[MILD_MARK];
    *counts =
        (struct cohort_mark){.eligible = 1000, .overdue = 500, .still_open = 90, .at_risk = 9};
    assert_level(&scene, "none", false);
    counts->at_risk = 10;
    assert_level(&scene, "watch", false);
    scene.q.t = at("03T12:00"); /* nothing is inevitable yet, and the checkpoint is far */
    counts->still_open = 500;
    scene.reading.cohort_count--;
    assert_level(&scene, "none", false);
}

/* --- the listed cohorts --- */

static void test_backlog_assess__verdicts__are_those_of_the_last_seven_days(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "08T12:00", JANUARY(1) - 20);
    scene_overdue(&scene, JANUARY(2), MILD_MARK, 100);
    scene_overdue(&scene, JANUARY(8), MILD_MARK, 100);
    scene_cohort(&scene, JANUARY(3))->orders = 300;
    scene_cohort(&scene, JANUARY(4))->orders = 301;
    struct backlog backlog = scene_assess(&scene);
    assert_int_equal(verdict_of(&scene, &backlog, JANUARY(2))->marks[MILD_MARK].state, MARK_MILD);
    assert_int_equal(verdict_of(&scene, &backlog, JANUARY(2))->marks[SEVERE_MARK].state,
                     MARK_CLEAR);
    assert_int_equal(verdict_of(&scene, &backlog, JANUARY(3))->marks[MILD_MARK].state,
                     MARK_NOT_ASSESSED);
    assert_false(verdict_of(&scene, &backlog, JANUARY(3))->assessed);
    assert_true(verdict_of(&scene, &backlog, JANUARY(4))->assessed);
    assert_int_equal(verdict_of(&scene, &backlog, JANUARY(4))->marks[MILD_MARK].state, MARK_CLEAR);
    assert_int_equal(verdict_of(&scene, &backlog, JANUARY(8))->marks[MILD_MARK].state,
                     MARK_PENDING);
    assert_true(verdict_of(&scene, &backlog, JANUARY(8))->marks[MILD_MARK].inevitable);
}

/* --- what changes next --- */

/* One mark at 30 hours, watched for 5, restricting for 7: for the day that ends on the 5th the
 * watch begins on the 6th at 01:00, the checkpoint is at 06:00, the restriction ends at 13:00. */
static void scene_of_odd_hours(struct scene *scene, const char *t)
{
    scene_begin(scene, t, JANUARY(1) - 20);
    scene->policy.backlog = (struct backlog_policy){
        .min_orders = 300,
        .watch_hours = 5,
        .mark_count = 1,
        .marks = {{.hours = 30,
                   .level = LEVEL_MILD,
                   .over_percent = 10000,
                   .restriction = {"off_sale", false, 0, 7}}},
    };
}

static void test_next_change__watch_checkpoint_restriction_midnight__the_first_ahead(void **state)
{
    (void)state;
    static const struct {
        const char *t;
        bool hit;
        const char *next;
    } cases[] = {
        {"06T00:00", false, "06T01:00"},          {"06T00:59:59.999999", false, "06T01:00"},
        {"06T01:00", false, "06T06:00"},          {"06T05:59:59.999999", true, "06T06:00"},
        {"06T06:00", true, "06T13:00"},           {"06T06:00", false, "07T00:00"},
        {"06T12:59:59.999999", true, "06T13:00"}, {"06T13:00", true, "07T00:00"},
        {"06T23:59:59.999999", true, "07T00:00"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct scene scene;
        scene_of_odd_hours(&scene, cases[i].t);
        if (cases[i].hit)
            scene_overdue(&scene, JANUARY(4), 0, 500);
        assert_instant(scene_assess(&scene).next_change, at(cases[i].next));
    }
}

static void test_next_change__orders_and_feeds__are_looked_at(void **state)
{
    (void)state;
    struct scene scene;
    scene_of_odd_hours(&scene, "06T14:00");
    scene.policy.silent_after_s = 24 * 3600;
    for (enum feed feed = FEED_ORDERS; feed <= FEED_TICKETS; feed++)
        scene.feeds.through[feed] = at("06T14:00");
    assert_instant(scene_assess(&scene).next_change, at("07T00:00"));
    scene.feeds.through[FEED_TICKETS] = at("05T20:00");
    assert_instant(scene_assess(&scene).next_change, at("06T20:00:00.000001"));
    scene.feeds.through[FEED_COLLECTIONS] = at("05T19:00");
    assert_instant(scene_assess(&scene).next_change, at("06T19:00:00.000001"));
    scene.feeds.through[FEED_ORDERS] = at("05T18:00");
    assert_instant(scene_assess(&scene).next_change, at("06T18:00:00.000001"));
    scene.reading.next_change = at("06T17:00");
    assert_instant(scene_assess(&scene).next_change, at("06T17:00"));
}

/* --- the trend, and what lies before the reading --- */

/* 10 % is no warning by itself; seven days without any overdue order make it one. */
static void test_mark_assess__worse_than_before__warns_by_trend(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T00:00", JANUARY(1) - 10);
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 100);
    const struct cohort *cohort = scene_cohort(&scene, JANUARY(1));
    struct mark_verdict verdict = mark_assess(&scene.q, WARNING_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_CLEAR);
    assert_false(verdict.has_baseline);
    scene.policy.backlog.marks[WARNING_MARK].trend = trend_default;
    verdict = mark_assess(&scene.q, WARNING_MARK, &scene.reading, cohort);
    assert_int_equal(verdict.state, MARK_WARNED);
    assert_true(verdict.has_baseline && verdict.by_trend && !verdict.by_ratio);
    assert_int_equal(verdict.baseline.eligible, 7000);
    assert_int_equal(verdict.baseline.overdue, 0);
}

/* Days before the reading's lead are compared with, and restrict nothing: 3 January would be mild
 * from the seventh to the tenth, 4 January is from the eighth to the eleventh. */
static void test_backlog_assess__lead__restricts_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "10T12:00", JANUARY(1));
    scene.reading.lead = 3;
    scene_overdue(&scene, JANUARY(3), MILD_MARK, 100);
    scene_overdue(&scene, JANUARY(4), MILD_MARK, 100);
    struct backlog backlog = scene_assess(&scene);
    assert_int_equal(backlog.restriction_count, 1);
    const struct restriction *restriction = &backlog.restrictions[0];
    assert_instant(restriction->from, at("08T00:00"));
    assert_instant(restriction->to, at("11T00:00"));
    assert_false(restriction_has_cohort(&scene.q, &scene.reading, restriction,
                                        scene_cohort(&scene, JANUARY(3))));
    assert_true(restriction_has_cohort(&scene.q, &scene.reading, restriction,
                                       scene_cohort(&scene, JANUARY(4))));
    /* Nor while its own would last. */
    scene_overdue(&scene, JANUARY(4), MILD_MARK, 0);
    scene.policy.backlog.marks[MILD_MARK].restriction.hours = 96;
    assert_int_equal(scene_assess(&scene).restriction_count, 0);
}

/* The first day behind the lead, 2 January, could be mild until the eighth: one before it may touch
 * what begins then. */
static void test_backlog_assess__first_day_behind_the_lead__decides_whether_more_is_read(
    void **state)
{
    (void)state;
    struct scene scene;
    struct backlog backlog;
    scene_begin(&scene, "10T12:00", JANUARY(1));
    scene_overdue(&scene, JANUARY(4), MILD_MARK, 100);
    assert_true(backlog_assess(&scene.q, &scene.reading, &scene.feeds, false, &backlog));
    scene.reading.lead = 1;
    assert_false(backlog_assess(&scene.q, &scene.reading, &scene.feeds, false, &backlog));
}

static bool has_cause(struct scene *scene, const struct backlog *backlog, int32_t day)
{
    return backlog_has_cause(&scene->q, &scene->reading, backlog, scene_cohort(scene, day));
}

static void test_backlog_has_cause__level__is_that_of_its_cohorts(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T12:00", JANUARY(1) - 10);
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 151);
    scene_cohort(&scene, JANUARY(2))->marks[MILD_MARK].overdue = 100;
    struct backlog backlog = scene_assess(&scene);
    assert_int_equal(backlog.level, LEVEL_WARNING); /* and 2 January would be one for watch */
    assert_true(has_cause(&scene, &backlog, JANUARY(1)));
    assert_false(has_cause(&scene, &backlog, JANUARY(2)));
    assert_false(has_cause(&scene, &backlog, JANUARY(1) - 10));
    scene_overdue(&scene, JANUARY(1), WARNING_MARK, 0);
    backlog = scene_assess(&scene);
    assert_int_equal(backlog.level, LEVEL_WATCH);
    assert_true(has_cause(&scene, &backlog, JANUARY(2)));
    assert_false(has_cause(&scene, &backlog, JANUARY(1)));

    /* 5 January is severe until the twelfth, 6 January mild until the thirteenth. */
    scene_begin(&scene, "11T12:00", JANUARY(1));
    scene_overdue(&scene, JANUARY(5), SEVERE_MARK, 100);
    scene_overdue(&scene, JANUARY(6), MILD_MARK, 100);
    backlog = scene_assess(&scene);
    assert_int_equal(backlog.level, LEVEL_SEVERE);
    assert_true(has_cause(&scene, &backlog, JANUARY(5)));
    assert_false(has_cause(&scene, &backlog, JANUARY(6)));
    /* 5 January is mild until the twelfth, and no more at it. */
    scene_begin(&scene, "12T00:00", JANUARY(1));
    scene_overdue(&scene, JANUARY(5), MILD_MARK, 100);
    scene_overdue(&scene, JANUARY(6), MILD_MARK, 100);
    backlog = scene_assess(&scene);
    assert_int_equal(backlog.level, LEVEL_MILD);
    assert_false(has_cause(&scene, &backlog, JANUARY(5)));
    assert_true(has_cause(&scene, &backlog, JANUARY(6)));
}

static void test_backlog_next_checkpoint__marks__first_of_all(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene, "04T06:00", JANUARY(1) - 10);
    assert_instant(backlog_next_checkpoint(&scene.q), at("05T00:00"));
    scene.policy.backlog.marks[MILD_MARK].hours = 60;
    assert_instant(backlog_next_checkpoint(&scene.q), at("04T12:00"));
    scene.policy.backlog.mark_count = 0;
    assert_true(instant_is_never(backlog_next_checkpoint(&scene.q)));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_ways_out__table_of_the_rule__agree),
        unit(test_ways_out__every_small_cohort__are_the_least_by_trial),
        unit(test_ways_out__zero_percent_inclusive__everything_has_to_be_exempted),
        unit(test_mark_holds__large_counts__do_not_overflow),
        unit(test_mark_assess__checkpoints__are_the_days_end_and_the_hours),
        unit(test_mark_assess__states__by_checkpoint_gate_and_ratio),
        unit(test_mark_state_name__states__have_the_contracts_words),
        unit(test_mark_assess__ways_out__count_on_the_orders_at_risk),
        unit(test_mark_assess__basis__decides_which_reading_counts),
        unit(test_mark_assess__lenient_before_the_checkpoint__nothing_is_inevitable),
        unit(test_restrictions__three_days_in_a_row__are_one_interval),
        unit(test_restrictions__intervals_that_touch__are_one),
        unit(test_restrictions__chain__takes_in_every_link),
        unit(test_restrictions__what_is_not_hit__restricts_nothing),
        unit(test_restrictions__kinds__run_in_parallel_and_the_worse_is_the_level),
        unit(test_restrictions__two_marks_of_one_kind__the_largest_percentage_in_force),
        unit(test_backlog_assess__chain_may_reach_back__asks_for_more_days),
        unit(test_backlog_assess__nothing_in_force__never_asks_for_more),
        unit(test_level__restriction__while_it_is_in_force),
        unit(test_level__restriction_of_an_unlisted_cohort__counts),
        unit(test_level__warned__until_the_next_marks_checkpoint),
        unit(test_level__restriction_of_a_warning_mark__is_no_level),
        unit(test_level__watch__within_the_watch_hours_or_inevitable),
        unit(test_level__watch__needs_a_restriction_to_fear),
        unit(test_level__watch_hours__are_the_policys),
        unit(test_level__advisory__only_when_every_cause_is_below_the_gate),
        unit(test_level__order__severe_mild_warning_watch),
        unit(test_level__lenient__watches_with_what_is_still_open),
        unit(test_backlog_assess__verdicts__are_those_of_the_last_seven_days),
        unit(test_next_change__watch_checkpoint_restriction_midnight__the_first_ahead),
        unit(test_next_change__orders_and_feeds__are_looked_at),
        unit(test_mark_assess__worse_than_before__warns_by_trend),
        unit(test_backlog_assess__lead__restricts_nothing),
        unit(test_backlog_assess__first_day_behind_the_lead__decides_whether_more_is_read),
        unit(test_backlog_has_cause__level__is_that_of_its_cohorts),
        unit(test_backlog_next_checkpoint__marks__first_of_all),
    };
    return cmocka_run_group_tests_name("domain/backlog", tests, NULL, NULL);
}
