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
    };
    static const struct {
        const char *kind, *from, *to;
        size_t count;
        int32_t percent;
    } want[] = {
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hits_unite__overlap_or_touch__are_one),
        cmocka_unit_test(test_eras_due__policy_changes__marks_are_those_of_their_checkpoint),
        cmocka_unit_test(test_eras_due__zone_changes__every_mark_once),
        cmocka_unit_test(test_eras_walk__half_open__every_mark_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
