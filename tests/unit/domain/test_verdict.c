#include "written.h"

#include "domain/verdict.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* --- united hits --- */

/* D-doc 3.2: hits of 5, 6 and 7 January are one demotion from the 5th to the 10th; percentages are
 * never added; touching intervals are one, kinds are apart. */
static void test_hits_unite__overlap_or_touch__are_one(void **state)
{
    (void)state;
    struct hit hits[] = {
        {"search_demotion", 75, JANUARY(3), at("07T00:00"), at("10T00:00")},
        {"off_sale", 0, JANUARY(1), at("07T00:00"), at("08T00:00")},
        {"search_demotion", 50, JANUARY(1), at("05T00:00"), at("08T00:00")},
        {"off_sale", 0, JANUARY(2), at("08T00:00"), at("09T00:00")},
        {"search_demotion", 75, JANUARY(2), at("06T00:00"), at("09T00:00")},
        {"off_sale", 0, JANUARY(4), at("09T00:00:00.000001"), at("10T00:00")},
        /* a short one inside a long one does not end it */
        {"zero", 0, JANUARY(1), at("05T00:00"), at("20T00:00")},
        {"zero", 0, JANUARY(2), at("06T00:00"), at("07T00:00")},
        {"zero", 0, JANUARY(3), at("19T00:00"), at("21T00:00")},
        /* the larger one first; at one instant the earlier day */
        {"both", 50, JANUARY(3), at("05T00:00"), at("06T00:00")},
        {"both", 75, JANUARY(2), at("05T00:00"), at("07T00:00")},
    };
    static const struct {
        const char *kind, *from, *to;
        size_t count;
        int32_t percent;
    } want[] = {
        {"both", "05T00:00", "07T00:00", 2, 75},
        {"off_sale", "07T00:00", "09T00:00", 2, 0},
        {"off_sale", "09T00:00:00.000001", "10T00:00", 1, 0},
        {"search_demotion", "05T00:00", "10T00:00", 3, 75},
        {"zero", "05T00:00", "21T00:00", 3, 0},
    };
    struct united united[LENGTH(hits)];
    assert_int_equal(hits_unite(hits, LENGTH(hits), united), LENGTH(want));
    for (size_t i = 0; i < LENGTH(want); i++) {
        assert_string_equal(hits[united[i].first].kind, want[i].kind);
        assert_instant(united[i].from, at(want[i].from));
        assert_instant(united[i].to, at(want[i].to));
        assert_int_equal(united[i].count, want[i].count);
        assert_int_equal(united[i].percent, want[i].percent);
    }
    assert_int_equal(hits[united[0].first].day, JANUARY(2));
    assert_int_equal(hits_unite(hits, 0, united), 0);
}

/* --- eras --- */

struct settings {
    struct zone shanghai, utc, samoa;
    struct policy old, new;
};

static void settings_begin(struct settings *settings)
{
    zone_fixed(&settings->shanghai, 8 * 60);
    zone_fixed(&settings->utc, 0);
    zone_fixed(&settings->samoa, -11 * 60);
    settings->old =
        (struct policy){.backlog = {.mark_count = 2, .marks = {{.hours = 48}, {.hours = 72}}}};
    settings->new = (struct policy){
        .backlog = {.mark_count = 3, .marks = {{.hours = 24}, {.hours = 72}, {.hours = 120}}}};
}

static void assert_due(const struct era *eras, size_t count, int32_t day, int32_t hours,
                       const char *when, size_t era)
{
    struct due due;
    bool found = eras_due(eras, count, day, hours, &due);
    print_message("day %d, %d hours\n", (int)(day - JANUARY(1)) + 1, (int)hours);
    assert_int_equal(found, when != NULL);
    if (!found)
        return;
    assert_instant(due.at, at(when));
    assert_int_equal(due.era, era);
    assert_int_equal(eras[era].policy->backlog.marks[due.mark].hours, hours);
}

static void test_eras_due__policy_changes__marks_are_those_of_their_checkpoint(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    struct era eras[] = {{&s.old, &s.shanghai.calendar, {0}},
                         {&s.new, &s.shanghai.calendar, at("10T12:00")}};
    assert_due(eras, 2, JANUARY(1), 48, "04T00:00", 0);
    assert_due(eras, 2, JANUARY(7), 48, "10T00:00", 0);
    assert_due(eras, 2, JANUARY(8), 48, NULL, 0); /* nobody asks any more */
    assert_due(eras, 2, JANUARY(6), 72, "10T00:00", 0);
    assert_due(eras, 2, JANUARY(7), 72, "11T00:00", 1);
    assert_due(eras, 2, JANUARY(8), 24, NULL, 1); /* over before the policy: the 10th, 00:00 */
    assert_due(eras, 2, JANUARY(9), 24, "11T00:00", 1);
    assert_due(eras, 2, JANUARY(4), 120, NULL, 1);
    assert_due(eras, 2, JANUARY(5), 120, "11T00:00", 1);
    /* At the instant of the change the new one is in force. */
    eras[1].from = at("10T00:00");
    assert_due(eras, 2, JANUARY(7), 48, NULL, 0);
    assert_due(eras, 2, JANUARY(6), 72, "10T00:00", 1);
    assert_due(eras, 2, JANUARY(8), 24, "10T00:00", 1);
}

static void test_eras_due__zone_changes__every_mark_once(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    /* Midnight of UTC is 08:00 here; of Samoa 19:00. */
    struct era west[] = {{&s.old, &s.shanghai.calendar, {0}},
                         {&s.old, &s.samoa.calendar, at("10T12:00")}};
    assert_due(west, 2, JANUARY(7), 48, "10T00:00", 0); /* once: not at 19:00 again */
    assert_due(west, 2, JANUARY(8), 48, "11T19:00", 1);
    struct era east[] = {{&s.old, &s.samoa.calendar, {0}},
                         {&s.old, &s.shanghai.calendar, at("10T12:00")}};
    assert_due(east, 2, JANUARY(6), 48, "09T19:00", 0);
    assert_due(east, 2, JANUARY(7), 48, "10T12:00", 1); /* over already: judged at the change */
    assert_due(east, 2, JANUARY(8), 48, "11T00:00", 1);
}

struct taken {
    size_t count;
    struct due dues[32];
};

static void take_due(void *arg, const struct due *due)
{
    struct taken *taken = arg;
    assert_true(taken->count < LENGTH(taken->dues));
    taken->dues[taken->count++] = *due;
}

static void test_eras_walk__half_open__every_mark_once(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    struct era eras[] = {{&s.old, &s.shanghai.calendar, {0}},
                         {&s.new, &s.shanghai.calendar, at("10T12:00")}};
    struct taken taken = {.count = 0};
    eras_walk(eras, 2, at("09T00:00"), at("11T00:00"), take_due, &taken);
    /* The 10th: 48 and 72 hours; the 11th: 24, 72 and 120. */
    assert_int_equal(taken.count, 5);
    for (size_t i = 0; i < taken.count; i++) {
        assert_true(at("09T00:00").us < taken.dues[i].at.us);
        assert_true(taken.dues[i].at.us <= at("11T00:00").us);
    }
    taken.count = 0;
    eras_walk(eras, 2, at("11T00:00"), at("11T23:59:59"), take_due, &taken);
    assert_int_equal(taken.count, 0);
    eras_walk(eras, 2, at("10T23:59:59"), at("11T00:00"), take_due, &taken);
    assert_int_equal(taken.count, 3);
    taken.count = 0;
    eras_walk_day(eras, 2, JANUARY(7), take_due, &taken);
    assert_int_equal(taken.count, 3); /* 48 old, 72 and 120 new */
}

/* The middle era asks nobody for 48 hours: what it had ahead of it is not taken up again. */
static void test_eras_due__mark_that_was_left_out__begins_anew(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    struct era eras[] = {{&s.old, &s.shanghai.calendar, {0}},
                         {&s.new, &s.shanghai.calendar, at("10T12:00")},
                         {&s.old, &s.shanghai.calendar, at("12T12:00")}};
    assert_due(eras, 3, JANUARY(8), 48, NULL, 0); /* 11T00:00 */
    assert_due(eras, 3, JANUARY(9), 48, NULL, 0); /* 12T00:00, over when it is asked for again */
    assert_due(eras, 3, JANUARY(10), 48, "13T00:00", 2);
    eras[0].from = at("05T00:00"); /* it has no beginning, whatever stands there */
    assert_due(eras, 3, JANUARY(1), 48, "04T00:00", 0);
}

/* The first era's days do not say when the second judges: 8 January of Samoa ends at 19:00. */
static void test_eras_walk__zone_changes__finds_marks_of_the_day_before(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    struct era eras[] = {{&s.old, &s.shanghai.calendar, {0}},
                         {&s.old, &s.samoa.calendar, at("10T12:00")}};
    struct taken taken = {.count = 0};
    eras_walk(eras, 2, at("11T18:00"), at("11T19:00"), take_due, &taken);
    assert_int_equal(taken.count, 2);
    assert_int_equal(taken.dues[0].day, JANUARY(8));
    assert_int_equal(taken.dues[1].day, JANUARY(7));
}

static void test_eras_walk__calendars_edge__is_kept_to(void **state)
{
    (void)state;
    static struct settings s;
    settings_begin(&s);
    struct era era = {&s.old, &s.shanghai.calendar, {0}};
    struct instant start = {s.shanghai.starts[0]};
    struct taken taken = {.count = 0};
    eras_walk(&era, 1, start, instant_add_hours(start, 4 * 24), take_due, &taken);
    assert_int_equal(taken.count, 3); /* 48 h of two days, 72 h of one */
    assert_int_equal(taken.dues[0].day, s.shanghai.calendar.first_day);
}

/* --- one verdict --- */

static void test_verdict_cause_name__causes__are_those_of_the_contract(void **state)
{
    (void)state;
    static const char *const names[] = {"checkpoint", "late_event", "retraction",
                                        "exemption",  "revocation", "recompute"};
    for (int i = 0; i < (int)LENGTH(names); i++)
        assert_string_equal(verdict_cause_name((enum verdict_cause)i), names[i]);
    assert_int_equal(VERDICT_BY_EXEMPTION, 3); /* as they are stored */
    assert_int_equal(VERDICT_BY_RECOMPUTE, 5);
}

/* Mild from 90 of 900; the restriction lasts for a day. */
static void test_verdict_of__cohort__is_written_down(void **state)
{
    (void)state;
    static struct zone shanghai;
    zone_fixed(&shanghai, 8 * 60);
    struct policy policy = {.id = "strict",
                            .version = 3,
                            .backlog = {.min_orders = 300,
                                        .mark_count = 1,
                                        .marks = {{.hours = 72,
                                                   .level = LEVEL_MILD,
                                                   .over_percent = 10000,
                                                   .inclusive = true,
                                                   .restriction = {"off_sale", true, 75, 24}}}}};
    struct question q = {&policy, &shanghai.calendar, at("06T00:00"), BASIS_LIVE};
    struct cohort cohort = {.day = JANUARY(1), .orders = 1000, .exempt = 7};
    cohort.marks[0] = (struct cohort_mark){.eligible = 900, .overdue = 90, .still_open = 80};
    struct backlog_reading reading = {.cohorts = &cohort, .cohort_count = 1};

    struct verdict verdict = verdict_of(&q, 0, &reading, &cohort, true);
    assert_int_equal(verdict.day, JANUARY(1));
    assert_int_equal(verdict.hours, 72);
    assert_instant(verdict.checkpoint, at("05T00:00"));
    assert_int_equal(verdict.level, LEVEL_MILD);
    assert_int_equal(verdict.state, MARK_MILD);
    assert_true(verdict.by_ratio && !verdict.by_trend && verdict.stale);
    assert_int_equal(verdict.orders, 1000);
    assert_int_equal(verdict.eligible, 900);
    assert_int_equal(verdict.exempt, 7);
    assert_int_equal(verdict.overdue, 90);
    assert_int_equal(verdict.still_open, 80);
    assert_int_equal(verdict.baseline.eligible, 0);
    assert_string_equal(verdict.policy_id, "strict");
    assert_int_equal(verdict.policy_version, 3);
    assert_true(verdict_restricts(&verdict));
    assert_int_equal(verdict.restriction.percent, 75);
    assert_instant(verdict_lifts_at(&verdict), at("06T00:00"));

    cohort.marks[0].overdue = 89;
    verdict = verdict_of(&q, 0, &reading, &cohort, false);
    assert_int_equal(verdict.state, MARK_CLEAR);
    assert_false(verdict_restricts(&verdict) || verdict.by_ratio || verdict.stale);
}

static void test_verdict_equal__every_member__counts(void **state)
{
    (void)state;
    const struct verdict one = {.day = JANUARY(1), .hours = 72, .policy_id = "a"};
    struct verdict others[21];
    for (size_t i = 0; i < LENGTH(others); i++)
        others[i] = one;
    assert_true(verdict_equal(&one, &others[0]));
    others[0].day++;
    others[1].hours++;
    others[2].checkpoint.us++;
    others[3].level = LEVEL_MILD;
    others[4].state = MARK_CLEAR;
    others[5].by_ratio = true;
    others[6].by_trend = true;
    others[7].stale = true;
    others[8].orders++;
    others[9].eligible++;
    others[10].exempt++;
    others[11].overdue++;
    others[12].still_open++;
    others[13].baseline.overdue++;
    others[14].baseline.eligible++;
    others[15].policy_id[0] = 'b';
    others[16].policy_version++;
    others[17].restriction.kind[0] = 'k';
    others[18].restriction.has_percent = true;
    others[19].restriction.percent++;
    others[20].restriction.hours++;
    for (size_t i = 0; i < LENGTH(others); i++) {
        print_message("member %zu\n", i);
        assert_false(verdict_equal(&one, &others[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hits_unite__overlap_or_touch__are_one),
        cmocka_unit_test(test_eras_due__policy_changes__marks_are_those_of_their_checkpoint),
        cmocka_unit_test(test_eras_due__zone_changes__every_mark_once),
        cmocka_unit_test(test_eras_walk__half_open__every_mark_once),
        cmocka_unit_test(test_eras_due__mark_that_was_left_out__begins_anew),
        cmocka_unit_test(test_eras_walk__zone_changes__finds_marks_of_the_day_before),
        cmocka_unit_test(test_eras_walk__calendars_edge__is_kept_to),
        cmocka_unit_test(test_verdict_cause_name__causes__are_those_of_the_contract),
        cmocka_unit_test(test_verdict_of__cohort__is_written_down),
        cmocka_unit_test(test_verdict_equal__every_member__counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
