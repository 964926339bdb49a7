#include "observed.h"

static struct zone shanghai;

/* An order promised for 3 January, 18:00, and to be delivered by 5 January, 20:30. */
static struct order_view promised(const char *t0)
{
    struct order_view view = order_of(t0);
    view.deliver_by = at("05T20:30");
    return view;
}

static void test_order_wait__milestone_to_come__is_open_in_the_hour_of_its_start(void **state)
{
    (void)state;
    static const struct {
        enum series series;
        const char *t0;
        const char *mark; /* NULL: not open */
        const char *hour; /* its first instant */
        const char *shipped, *collected, *delivered, *cancelled;
    } cases[] = {
        {SERIES_COLLECTED, "02T10:59:59.999999", "02T10:59:59.999999", "02T10:00", NULL, NULL, NULL,
         NULL},
        {SERIES_COLLECTED, "02T11:00", "02T11:00", "02T11:00", NULL, NULL, NULL, NULL},
        {SERIES_COLLECTED, "02T11:00", "02T11:00", "02T11:00", "03T00:00", NULL, "05T00:00", NULL},
        {SERIES_COLLECTED, "02T11:00", NULL, NULL, NULL, "20T00:00", NULL, NULL},
        {SERIES_COLLECTED, "02T11:00", NULL, NULL, NULL, NULL, NULL, "20T00:00"},
        {SERIES_DELIVERED, "02T10:30", "02T10:30", "02T10:00", "02T11:00", "02T11:00", NULL, NULL},
        {SERIES_DELIVERED, "02T10:30", NULL, NULL, NULL, NULL, "02T11:00", NULL},
        {SERIES_DELIVERED, "02T10:30", NULL, NULL, NULL, NULL, NULL, "02T11:00"},
        {SERIES_SHIPPED, "02T10:30", "02T10:30", "02T10:00", NULL, "02T11:00", "02T11:00", NULL},
        {SERIES_SHIPPED, "02T10:30", NULL, NULL, "02T11:00", NULL, NULL, NULL},
        {SERIES_SHIPPED, "02T10:30", NULL, NULL, NULL, NULL, NULL, "02T11:00"},
        {SERIES_COLLECTED_PROMISE, "02T10:30", "03T18:00", "03T18:00", "02T11:00", NULL, NULL,
         NULL},
        {SERIES_COLLECTED_PROMISE, "02T10:30", NULL, NULL, NULL, "02T11:00", NULL, NULL},
        {SERIES_COLLECTED_PROMISE, "02T10:30", NULL, NULL, NULL, NULL, NULL, "02T11:00"},
        {SERIES_SHIPPED_PROMISE, "02T10:30", "03T18:00", "03T18:00", NULL, "02T11:00", NULL, NULL},
        {SERIES_SHIPPED_PROMISE, "02T10:30", NULL, NULL, "02T11:00", NULL, NULL, NULL},
        {SERIES_DELIVERED_DELIVER_BY, "02T10:30", "05T20:30", "05T20:00", NULL, "02T11:00", NULL,
         NULL},
        {SERIES_DELIVERED_DELIVER_BY, "02T10:30", NULL, NULL, NULL, NULL, "02T11:00", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        struct order_view view = promised(cases[i].t0);
        view.shipped = at(cases[i].shipped);
        view.collected = at(cases[i].collected);
        view.delivered = at(cases[i].delivered);
        view.cancelled = at(cases[i].cancelled);
        struct wait wait = order_wait(cases[i].series, &shanghai.calendar, &view);
        assert_int_equal(wait.open, cases[i].mark != NULL);
        if (!wait.open)
            continue;
        assert_false(wait.suspended);
        assert_int_equal(wait.day, JANUARY(2));
        assert_instant(wait.mark, at(cases[i].mark));
        assert_instant((struct instant){wait.hour * US_PER_HOUR}, at(cases[i].hour));
    }
}

static void test_order_wait__no_delivery_date__waits_for_none(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    assert_false(order_wait(SERIES_DELIVERED_DELIVER_BY, &shanghai.calendar, &view).open);
    assert_true(order_wait(SERIES_DELIVERED, &shanghai.calendar, &view).open);
}

static void test_order_wait__outside_the_population__waits_for_nothing(void **state)
{
    (void)state;
    struct order_view view = promised("02T10:00");
    for (int series = 0; series < SERIES_COUNT; series++) {
        view.counts = true;
        assert_true(order_wait((enum series)series, &shanghai.calendar, &view).open);
        view.counts = false;
        assert_false(order_wait((enum series)series, &shanghai.calendar, &view).open);
    }
}

/* At +05:30 a day ends in the middle of an hour: the wait has the hour of the instant and the day
 * of the zone. */
static void test_order_wait__half_hour_zone__one_hour_has_two_days(void **state)
{
    (void)state;
    struct zone kolkata;
    zone_fixed(&kolkata, 5 * 60 + 30);
    struct order_view before = order_of("02T02:29"), after = order_of("02T02:30");
    struct wait a = order_wait(SERIES_COLLECTED, &kolkata.calendar, &before);
    struct wait b = order_wait(SERIES_COLLECTED, &kolkata.calendar, &after);
    assert_int_equal(a.hour, b.hour);
    assert_int_equal(a.day, JANUARY(1));
    assert_int_equal(b.day, JANUARY(2));
}

/* t0 decides, for the series of a mark too. */
static void test_order_wait__suspended_t0__is_counted_apart(void **state)
{
    (void)state;
    const struct interval holiday = {at("02T00:00").us, at("03T00:00").us};
    struct calendar calendar = shanghai.calendar;
    calendar.suspended_count = 1;
    calendar.suspended = &holiday;
    static const struct {
        const char *t0;
        bool suspended;
    } cases[] = {{"01T23:59:59.999999", false},
                 {"02T00:00", true},
                 {"02T23:59:59.999999", true},
                 {"03T00:00", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int series = 0; series < SERIES_COUNT; series++) {
            struct order_view view = promised(cases[i].t0);
            struct wait wait = order_wait((enum series)series, &calendar, &view);
            assert_true(wait.open);
            assert_int_equal(wait.suspended, cases[i].suspended);
        }
}

static void test_measure_series__shares__wait_in_the_series_of_their_mark(void **state)
{
    (void)state;
    static const struct {
        enum milestone milestone;
        enum limit_kind limit;
        enum series series;
        bool by_mark;
    } cases[] = {
        {MILESTONE_COLLECTED, LIMIT_HOURS, SERIES_COLLECTED, false},
        {MILESTONE_COLLECTED, LIMIT_SECONDS, SERIES_COLLECTED, false},
        {MILESTONE_COLLECTED, LIMIT_DAYS, SERIES_COLLECTED, false},
        {MILESTONE_COLLECTED, LIMIT_PROMISE, SERIES_COLLECTED_PROMISE, true},
        {MILESTONE_DELIVERED, LIMIT_HOURS, SERIES_DELIVERED, false},
        {MILESTONE_DELIVERED, LIMIT_DAYS, SERIES_DELIVERED, false},
        {MILESTONE_DELIVERED, LIMIT_DELIVER_BY, SERIES_DELIVERED_DELIVER_BY, true},
        {MILESTONE_SHIPPED, LIMIT_HOURS, SERIES_SHIPPED, false},
        {MILESTONE_SHIPPED, LIMIT_PROMISE, SERIES_SHIPPED_PROMISE, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct measure measure = {.kind = MEASURE_WITHIN,
                                        .milestone = cases[i].milestone,
                                        .limit = cases[i].limit,
                                        .n = 1};
        enum series series = measure_series(&measure);
        assert_int_equal(series, cases[i].series);
        assert_int_equal(series_by_mark(series), cases[i].by_mark);
        assert_int_equal(series_milestone(series), cases[i].milestone);
    }
}

static int set_up(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    return 0;
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_order_wait__milestone_to_come__is_open_in_the_hour_of_its_start),
        unit(test_order_wait__no_delivery_date__waits_for_none),
        unit(test_order_wait__outside_the_population__waits_for_nothing),
        unit(test_order_wait__half_hour_zone__one_hour_has_two_days),
        unit(test_order_wait__suspended_t0__is_counted_apart),
        unit(test_measure_series__shares__wait_in_the_series_of_their_mark),
    };
    return cmocka_run_group_tests_name("domain/wait", tests, set_up, NULL);
}
