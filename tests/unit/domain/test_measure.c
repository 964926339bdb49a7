#include "written.h"

#include "domain/measure.h"

static struct zone shanghai;

static const struct measure orders = {.kind = MEASURE_ORDERS};
static const struct measure within_24h = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24};
static const struct measure same_day = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0};
static const struct measure next_day = {MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_DAYS, 1};
static const struct measure as_promised = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_PROMISE, 0};
static const struct measure delivery_time = {.kind = MEASURE_DURATION,
                                             .milestone = MILESTONE_DELIVERED};
static const struct measure left_open = {MEASURE_LEFT_OPEN, MILESTONE_COLLECTED, LIMIT_HOURS, 48};

/* An order of 2 January, 10:00, promised for 3 January, 18:00, unless the case says otherwise. */
struct seen_case {
    const char *event; /* collected, or delivered when the measure asks for that */
    const char *cancelled;
    bool any;
    int64_t sum;
};

static struct order_view view_of(const char *t0)
{
    return (struct order_view){.placed = true,
                               .counts = true,
                               .t0 = at(t0),
                               .collected = INSTANT_NEVER,
                               .delivered = INSTANT_NEVER,
                               .cancelled = INSTANT_NEVER,
                               .promise = at("03T18:00"),
                               .parcels = 1};
}

static void check_seen(struct measure measure, const struct seen_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct seen_case *c = &cases[i];
        print_message("event %s, cancelled %s\n", c->event != NULL ? c->event : "never",
                      c->cancelled != NULL ? c->cancelled : "never");
        struct order_view view = view_of("02T10:00");
        *(measure.milestone == MILESTONE_COLLECTED ? &view.collected : &view.delivered) =
            at(c->event);
        view.cancelled = at(c->cancelled);
        struct observation seen = observe(measure, &shanghai.calendar, &view);
        assert_int_equal(seen.any, c->any);
        if (!c->any)
            continue;
        assert_int_equal(seen.day, JANUARY(2));
        assert_int_equal(seen.valid, 1);
        assert_int_equal(seen.sum, c->sum);
    }
}

#define check(measure, cases) check_seen(measure, cases, sizeof(cases) / sizeof(cases)[0])

static void test_observe__within_hours__exactly_at_the_mark_is_in_time(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {"02T10:00", NULL, true, 1},           {"03T09:59:59", NULL, true, 1},
        {"03T09:59:59.999999", NULL, true, 1}, {"03T10:00", NULL, true, 1},
        {"03T10:00:00.000001", NULL, true, 0}, {"03T10:00:01", NULL, true, 0},
        {"09T10:00", NULL, true, 0},           {NULL, NULL, true, 0},
    };
    check(within_24h, cases);
}

static void test_observe__within_hours__a_cancellation_in_time_takes_the_order_out(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {NULL, "02T10:00", false, 0},
        {NULL, "03T09:59:59.999999", false, 0},
        {NULL, "03T10:00", false, 0},
        {NULL, "03T10:00:00.000001", true, 0},
        {NULL, "09T10:00", true, 0},
        /* the good event came first */
        {"02T12:00", "02T12:00:00.000001", true, 1},
        {"02T12:00", "03T10:00", true, 1},
        {"02T12:00", "09T10:00", true, 1},
        {"03T10:00", "03T10:00:00.000001", true, 1},
        /* at a tie the cancellation comes first */
        {"02T12:00", "02T12:00", false, 0},
        {"03T10:00", "03T10:00", false, 0},
        {"02T10:00", "02T10:00", false, 0},
        /* the cancellation came first */
        {"02T12:00", "02T11:59:59.999999", false, 0},
        {"03T10:00:00.000001", "03T10:00", false, 0},
        {"09T10:00", "02T12:00", false, 0},
        /* both too late */
        {"03T10:00:00.000002", "03T10:00:00.000001", true, 0},
        {"03T10:00:00.000001", "03T10:00:00.000001", true, 0},
    };
    check(within_24h, cases);
}

static void test_observe__on_the_day__the_days_end_is_too_late(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {"02T10:00", NULL, true, 1},
        {"02T23:59:59", NULL, true, 1},
        {"02T23:59:59.999999", NULL, true, 1},
        {"03T00:00", NULL, true, 0},
        {"03T00:00:00.000001", NULL, true, 0},
        {"03T00:00:01", NULL, true, 0},
        {NULL, NULL, true, 0},
        {NULL, "02T23:59:59.999999", false, 0},
        {NULL, "03T00:00", true, 0},
        {"02T12:00", "02T12:00:00.000001", true, 1},
        {"02T12:00", "02T12:00", false, 0},
        {"02T12:00", "02T11:59:59.999999", false, 0},
        {"03T00:00", "02T23:59:59.999999", false, 0},
        {"03T00:00", "03T00:00", true, 0},
    };
    check(same_day, cases);
}

static void test_observe__by_the_end_of_the_next_day__its_end_is_too_late(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {"03T00:00", NULL, true, 1},
        {"03T23:59:59", NULL, true, 1},
        {"03T23:59:59.999999", NULL, true, 1},
        {"04T00:00", NULL, true, 0},
        {"04T00:00:01", NULL, true, 0},
        {NULL, NULL, true, 0},
        {NULL, "03T23:59:59.999999", false, 0},
        {NULL, "04T00:00", true, 0},
        {"03T12:00", "03T13:00", true, 1},
        {"03T12:00", "03T11:00", false, 0},
    };
    check(next_day, cases);
}

static void test_observe__by_the_promise__exactly_at_it_is_in_time(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {"03T17:59:59", NULL, true, 1},     {"03T17:59:59.999999", NULL, true, 1},
        {"03T18:00", NULL, true, 1},        {"03T18:00:00.000001", NULL, true, 0},
        {"03T18:00:01", NULL, true, 0},     {NULL, NULL, true, 0},
        {NULL, "03T18:00", false, 0},       {NULL, "03T18:00:00.000001", true, 0},
        {"03T18:00", "03T18:00", false, 0}, {"03T18:00", "03T18:00:00.000001", true, 1},
    };
    check(as_promised, cases);
}

static void test_observe__day_limits__count_from_t0s_own_day(void **state)
{
    (void)state;
    static const struct {
        const char *t0, *collected;
        int32_t day;
        int64_t good;
    } cases[] = {
        {"02T00:00", "02T23:59:59.999999", JANUARY(2), 1},
        {"01T23:59:59.999999", "02T00:00", JANUARY(1), 0},
        {"01T23:59:59.999999", "01T23:59:59.999999", JANUARY(1), 1},
        {"02T23:59:59.999999", "03T00:00", JANUARY(2), 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_view view = view_of(cases[i].t0);
        view.collected = at(cases[i].collected);
        struct observation seen = observe(same_day, &shanghai.calendar, &view);
        assert_true(seen.any);
        assert_int_equal(seen.day, cases[i].day);
        assert_int_equal(seen.sum, cases[i].good);
    }
}

/* 10 January has 23 hours, 20 January 25. */
static void test_observe__clock_changes__move_days_and_not_hours(void **state)
{
    (void)state;
    struct zone zone;
    zone_fixed(&zone, 8 * 60);
    zone_shift(&zone, JANUARY(10), US_PER_HOUR);
    zone_shift(&zone, JANUARY(20), -US_PER_HOUR);
    static const struct {
        struct measure measure;
        const char *t0, *collected;
        int64_t good;
    } cases[] = {
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, "10T10:00", "10T22:59:59.999999", 1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, "10T10:00", "10T23:00", 0},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24}, "10T10:00", "11T10:00", 1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24},
         "10T10:00",
         "11T10:00:00.000001",
         0},
        /* from here on the day begins at 23:00 of the text's zone; the 20th ends at 24:00 again */
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, "20T10:00", "20T23:59:59.999999", 1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, "20T10:00", "21T00:00", 0},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 0}, "19T23:00", "20T23:59:59.999999", 1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24}, "20T10:00", "21T10:00", 1},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, 24},
         "20T10:00",
         "21T10:00:00.000001",
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s to %s\n", cases[i].t0, cases[i].collected);
        struct order_view view = view_of(cases[i].t0);
        view.collected = at(cases[i].collected);
        assert_int_equal(observe(cases[i].measure, &zone.calendar, &view).sum, cases[i].good);
    }
}

static void test_measure_deadline__limits__are_the_last_instant_in_time(void **state)
{
    (void)state;
    struct order_view view = view_of("02T10:00:00.000001");
    assert_instant(measure_deadline(within_24h, &shanghai.calendar, &view),
                   at("03T10:00:00.000001"));
    assert_instant(measure_deadline(as_promised, &shanghai.calendar, &view), at("03T18:00"));
    assert_instant(measure_deadline(same_day, &shanghai.calendar, &view), at("02T23:59:59.999999"));
    assert_instant(measure_deadline(next_day, &shanghai.calendar, &view), at("03T23:59:59.999999"));
    /* D-doc 3.4: marks are elapsed hours from t0 */
    view.t0 = at("01T23:59:59");
    static const struct {
        int32_t hours;
        const char *mark;
    } marks[] = {{48, "03T23:59:59"}, {72, "04T23:59:59"}, {120, "06T23:59:59"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        struct measure measure = {MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_HOURS, marks[i].hours};
        assert_instant(measure_deadline(measure, &shanghai.calendar, &view), at(marks[i].mark));
    }
}

static void test_measure_is_pending__until_the_deadline__unless_decided(void **state)
{
    (void)state;
    struct order_view view = view_of("02T10:00");
    const struct calendar *calendar = &shanghai.calendar;
    assert_true(measure_is_pending(within_24h, calendar, &view, at("03T10:00")));
    assert_false(measure_is_pending(within_24h, calendar, &view, at("03T10:00:00.000001")));
    assert_true(measure_is_pending(same_day, calendar, &view, at("02T23:59:59.999999")));
    assert_false(measure_is_pending(same_day, calendar, &view, at("03T00:00")));
    view.collected = at("02T11:00");
    assert_false(measure_is_pending(within_24h, calendar, &view, at("02T12:00")));
    assert_true(measure_is_pending(next_day, calendar, &view, at("02T12:00"))); /* delivery */
    view.cancelled = at("02T11:30");
    assert_false(measure_is_pending(next_day, calendar, &view, at("02T12:00")));
}

static void test_observe__orders__counts_every_one_by_t0s_day(void **state)
{
    (void)state;
    struct order_view view = view_of("02T23:59:59.999999");
    view.cancelled = view.t0;
    struct observation seen = observe(orders, &shanghai.calendar, &view);
    assert_true(seen.any);
    assert_int_equal(seen.day, JANUARY(2));
    assert_int_equal(seen.valid, 1);
    assert_int_equal(seen.sum, 0);
}

static void test_observe__outside_the_population__is_nothing(void **state)
{
    (void)state;
    struct order_view view = view_of("02T10:00");
    view.collected = view.delivered = at("02T12:00");
    view.counts = false;
    const struct measure all[] = {orders,      within_24h,    same_day, next_day,
                                  as_promised, delivery_time, left_open};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_false(observe(all[i], &shanghai.calendar, &view).any);
    for (enum series series = 0; series < SERIES_COUNT; series++) {
        view.collected = view.delivered = INSTANT_NEVER;
        assert_false(order_wait(series, &shanghai.calendar, &view).open);
    }
}

static void test_observe__duration__whole_seconds_by_the_events_day(void **state)
{
    (void)state;
    static const struct {
        const char *delivered, *cancelled;
        bool any;
        int32_t day;
        int64_t seconds;
    } cases[] = {
        {"02T10:00", NULL, true, JANUARY(2), 0},
        {"02T10:00:00.999999", NULL, true, JANUARY(2), 0},
        {"02T10:00:01", NULL, true, JANUARY(2), 1},
        {"02T23:59:59.999999", NULL, true, JANUARY(2), 50399},
        {"03T00:00", NULL, true, JANUARY(3), 50400},
        {"05T10:00", NULL, true, JANUARY(5), 259200},
        {NULL, NULL, false, 0, 0},
        {NULL, "02T12:00", false, 0, 0},
        {"05T10:00", "05T09:59:59.999999", false, 0, 0},
        {"05T10:00", "05T10:00", false, 0, 0},
        {"05T10:00", "05T10:00:00.000001", true, JANUARY(5), 259200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_view view = view_of("02T10:00");
        view.delivered = at(cases[i].delivered);
        view.cancelled = at(cases[i].cancelled);
        struct observation seen = observe(delivery_time, &shanghai.calendar, &view);
        assert_int_equal(seen.any, cases[i].any);
        if (!seen.any)
            continue;
        assert_int_equal(seen.day, cases[i].day);
        assert_int_equal(seen.valid, 1);
        assert_int_equal(seen.sum, cases[i].seconds);
    }
}

static void test_observe__duration__takes_the_milestone_that_it_names(void **state)
{
    (void)state;
    struct order_view view = view_of("02T10:00");
    view.collected = at("02T10:00:07");
    view.delivered = at("03T10:00");
    const struct measure collection = {.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED};
    assert_int_equal(observe(collection, &shanghai.calendar, &view).sum, 7);
    assert_int_equal(observe(delivery_time, &shanghai.calendar, &view).sum, 86400);
}

/* The checkpoint of 2 January and 48 hours is 5 January, 00:00; what happens exactly at it happened
 * by it. */
static void test_observe__left_open__neither_collected_nor_cancelled_at_the_checkpoint(void **state)
{
    (void)state;
    static const struct seen_case cases[] = {
        {NULL, NULL, true, 0},
        {"04T10:00", NULL, false, 0},
        {"04T23:59:59.999999", NULL, false, 0},
        {"05T00:00", NULL, false, 0},
        {"05T00:00:00.000001", NULL, true, 0},
        {NULL, "04T23:59:59.999999", false, 0},
        {NULL, "05T00:00", false, 0},
        {NULL, "05T00:00:00.000001", true, 0},
        {"05T00:00:00.000001", "05T00:00:00.000001", true, 0},
        {"09T00:00", "03T00:00", false, 0},
        {"03T00:00", "09T00:00", false, 0},
    };
    check(left_open, cases);
}

static void test_order_wait__milestone_to_come__is_open_in_the_hour_of_its_start(void **state)
{
    (void)state;
    static const struct {
        enum series series;
        const char *t0, *collected, *delivered, *cancelled;
        bool open;
        const char *hour; /* its first instant */
    } cases[] = {
        {SERIES_COLLECTED, "02T10:59:59.999999", NULL, NULL, NULL, true, "02T10:00"},
        {SERIES_COLLECTED, "02T11:00", NULL, NULL, NULL, true, "02T11:00"},
        {SERIES_COLLECTED, "02T11:00", NULL, "05T00:00", NULL, true, "02T11:00"},
        {SERIES_COLLECTED, "02T11:00", "20T00:00", NULL, NULL, false, NULL},
        {SERIES_COLLECTED, "02T11:00", NULL, NULL, "20T00:00", false, NULL},
        {SERIES_DELIVERED, "02T10:59:59.999999", NULL, NULL, NULL, true, "02T10:00"},
        {SERIES_DELIVERED, "02T10:30", "02T11:00", NULL, NULL, true, "02T10:00"},
        {SERIES_DELIVERED, "02T10:30", NULL, "02T11:00", NULL, false, NULL},
        {SERIES_DELIVERED, "02T10:30", NULL, NULL, "02T11:00", false, NULL},
        {SERIES_COLLECTED_PROMISE, "02T10:30", NULL, NULL, NULL, true, "03T18:00"},
        {SERIES_COLLECTED_PROMISE, "02T10:30", NULL, "02T11:00", NULL, true, "03T18:00"},
        {SERIES_COLLECTED_PROMISE, "02T10:30", "02T11:00", NULL, NULL, false, NULL},
        {SERIES_COLLECTED_PROMISE, "02T10:30", NULL, NULL, "02T11:00", false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_view view = view_of(cases[i].t0);
        view.collected = at(cases[i].collected);
        view.delivered = at(cases[i].delivered);
        view.cancelled = at(cases[i].cancelled);
        struct wait wait = order_wait(cases[i].series, &shanghai.calendar, &view);
        assert_int_equal(wait.open, cases[i].open);
        if (!wait.open)
            continue;
        assert_int_equal(wait.day, JANUARY(2));
        assert_instant((struct instant){wait.hour * US_PER_HOUR}, at(cases[i].hour));
    }
}

/* At +05:30 a day ends in the middle of an hour: the wait has the hour of the instant and the day
 * of the zone. */
static void test_order_wait__half_hour_zone__one_hour_has_two_days(void **state)
{
    (void)state;
    struct zone kolkata;
    zone_fixed(&kolkata, 5 * 60 + 30);
    struct order_view before = view_of("02T02:29"), after = view_of("02T02:30");
    struct wait a = order_wait(SERIES_COLLECTED, &kolkata.calendar, &before);
    struct wait b = order_wait(SERIES_COLLECTED, &kolkata.calendar, &after);
    assert_int_equal(a.hour, b.hour);
    assert_int_equal(a.day, JANUARY(1));
    assert_int_equal(b.day, JANUARY(2));
}

static void test_measure_series__shares__wait_in_the_series_of_their_mark(void **state)
{
    (void)state;
    assert_int_equal(measure_series(within_24h), SERIES_COLLECTED);
    assert_int_equal(measure_series(same_day), SERIES_COLLECTED);
    assert_int_equal(measure_series(as_promised), SERIES_COLLECTED_PROMISE);
    assert_int_equal(measure_series(next_day), SERIES_DELIVERED);
}

/* The text identifies a measure in the database: two that differ have two texts, and a text never
 * changes. */
static void test_measure_format__measures__have_one_text_each(void **state)
{
    (void)state;
    const struct {
        struct measure measure;
        const char *text;
    } cases[] = {
        {orders, "orders"},
        {within_24h, "within collected hours 24"},
        {same_day, "within collected days 0"},
        {next_day, "within delivered days 1"},
        {as_promised, "within collected promise 0"},
        {delivery_time, "duration delivered"},
        {{.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED}, "duration collected"},
        {left_open, "left_open collected hours 48"},
        {{MEASURE_WITHIN, MILESTONE_DELIVERED, LIMIT_HOURS, 24}, "within delivered hours 24"},
        {{MEASURE_WITHIN, MILESTONE_COLLECTED, LIMIT_DAYS, 24}, "within collected days 24"},
        {{MEASURE_LEFT_OPEN, MILESTONE_COLLECTED, LIMIT_HOURS, INT32_MAX},
         "left_open collected hours 2147483647"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[MEASURE_TEXT_SIZE];
        measure_format(cases[i].measure, text);
        assert_string_equal(text, cases[i].text);
        for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
            assert_int_equal(measure_equal(cases[i].measure, cases[k].measure), i == k);
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
        unit(test_observe__within_hours__exactly_at_the_mark_is_in_time),
        unit(test_observe__within_hours__a_cancellation_in_time_takes_the_order_out),
        unit(test_observe__on_the_day__the_days_end_is_too_late),
        unit(test_observe__by_the_end_of_the_next_day__its_end_is_too_late),
        unit(test_observe__by_the_promise__exactly_at_it_is_in_time),
        unit(test_observe__day_limits__count_from_t0s_own_day),
        unit(test_observe__clock_changes__move_days_and_not_hours),
        unit(test_measure_deadline__limits__are_the_last_instant_in_time),
        unit(test_measure_is_pending__until_the_deadline__unless_decided),
        unit(test_observe__orders__counts_every_one_by_t0s_day),
        unit(test_observe__outside_the_population__is_nothing),
        unit(test_observe__duration__whole_seconds_by_the_events_day),
        unit(test_observe__duration__takes_the_milestone_that_it_names),
        unit(test_observe__left_open__neither_collected_nor_cancelled_at_the_checkpoint),
        unit(test_order_wait__milestone_to_come__is_open_in_the_hour_of_its_start),
        unit(test_order_wait__half_hour_zone__one_hour_has_two_days),
        unit(test_measure_series__shares__wait_in_the_series_of_their_mark),
        unit(test_measure_format__measures__have_one_text_each),
    };
    return cmocka_run_group_tests_name("domain/measure", tests, set_up, NULL);
}
