#include "observed.h"

static struct zone shanghai;

#define WITHIN(of_what, limited_by, number)                                                        \
    {                                                                                              \
        .kind = MEASURE_WITHIN, .milestone = of_what, .limit = limited_by, .n = number             \
    }
static const struct measure orders = {.kind = MEASURE_ORDERS};
static const struct measure units = {.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED};
static const struct measure within_24h = WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 24);
static const struct measure within_60s = WITHIN(MILESTONE_COLLECTED, LIMIT_SECONDS, 60);
static const struct measure same_day = WITHIN(MILESTONE_COLLECTED, LIMIT_DAYS, 0);
static const struct measure next_day = WITHIN(MILESTONE_DELIVERED, LIMIT_DAYS, 1);
static const struct measure as_promised = WITHIN(MILESTONE_COLLECTED, LIMIT_PROMISE, 0);
static const struct measure shipped_as_promised = WITHIN(MILESTONE_SHIPPED, LIMIT_PROMISE, 0);
static const struct measure arrived_as_promised = WITHIN(MILESTONE_DELIVERED, LIMIT_DELIVER_BY, 0);
static const struct measure delivery_time = {.kind = MEASURE_DURATION,
                                             .milestone = MILESTONE_DELIVERED};
static const struct measure left_open = {
    .kind = MEASURE_LEFT_OPEN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_HOURS, .n = 48};
static const struct measure defective = {
    .kind = MEASURE_ORDERS_THAT, .test = TEST_DEFECT, .defects = DEFECT_NEGATIVE_REVIEW};
static const struct measure let_down = {.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED};
static const struct measure tracked = {.kind = MEASURE_ORDERS_THAT, .test = TEST_TRACKED};

/* An order of 2 January, 10:00, promised for 3 January, 18:00, unless the case says otherwise. */
struct seen_case {
    const char *event; /* the milestone of the measure */
    const char *cancelled;
    bool any;
    int64_t sum;
};

static struct instant *milestone_of(struct order_view *view, enum milestone milestone)
{
    if (milestone == MILESTONE_DELIVERED)
        return &view->delivered;
    return milestone == MILESTONE_SHIPPED ? &view->shipped : &view->collected;
}

static struct observed seen_by(const struct measure *measure, const struct order_view *view)
{
    return observed_order(measure, &shanghai.calendar, view);
}

static void check_seen(const struct measure *measure, const struct seen_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct seen_case *c = &cases[i];
        print_message("event %s, cancelled %s\n", c->event != NULL ? c->event : "never",
                      c->cancelled != NULL ? c->cancelled : "never");
        struct order_view view = order_of("02T10:00");
        *milestone_of(&view, measure->milestone) = at(c->event);
        view.cancelled = at(c->cancelled);
        struct observed seen = seen_by(measure, &view);
        if (c->any)
            assert_observed(&seen, at("02T10:00"), JANUARY(2), c->sum);
        else
            assert_int_equal(seen.count, 0);
    }
}

#define check(measure, cases) check_seen(&(measure), cases, sizeof(cases) / sizeof(cases)[0])

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

static void test_observe__other_limits__exactly_at_them_is_in_time(void **state)
{
    (void)state;
    static const struct seen_case by_seconds[] = {
        {"02T10:01", NULL, true, 1},  {"02T10:01:00.000001", NULL, true, 0},
        {NULL, "02T10:01", false, 0}, {NULL, "02T10:01:00.000001", true, 0},
        {NULL, NULL, true, 0},
    };
    check(within_60s, by_seconds);
    static const struct seen_case shipped[] = {
        {"03T18:00", NULL, true, 1},  {"03T18:00:00.000001", NULL, true, 0},
        {NULL, "03T18:00", false, 0}, {NULL, "03T18:00:00.000001", true, 0},
        {NULL, NULL, true, 0},
    };
    check(shipped_as_promised, shipped);
}

static void test_observe__by_the_delivery_date__only_orders_that_have_one(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    assert_int_equal(seen_by(&arrived_as_promised, &view).count, 0);
    view.delivered = at("05T20:00");
    assert_int_equal(seen_by(&arrived_as_promised, &view).count, 0);
    view.deliver_by = at("05T20:00");
    struct observed seen = seen_by(&arrived_as_promised, &view);
    assert_observed(&seen, at("02T10:00"), JANUARY(2), 1);
    view.delivered = at("05T20:00:00.000001");
    seen = seen_by(&arrived_as_promised, &view);
    assert_observed(&seen, at("02T10:00"), JANUARY(2), 0);
    view.cancelled = at("05T20:00");
    assert_int_equal(seen_by(&arrived_as_promised, &view).count, 0);
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
        struct order_view view = order_of(cases[i].t0);
        view.collected = at(cases[i].collected);
        struct observed seen = seen_by(&same_day, &view);
        assert_observed(&seen, at(cases[i].t0), cases[i].day, cases[i].good);
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
        const struct measure *measure;
        const char *t0, *collected;
        int64_t good;
    } cases[] = {
        {&same_day, "10T10:00", "10T22:59:59.999999", 1},
        {&same_day, "10T10:00", "10T23:00", 0},
        {&within_24h, "10T10:00", "11T10:00", 1},
        {&within_24h, "10T10:00", "11T10:00:00.000001", 0},
        /* from here on the day begins at 23:00 of the text's zone; the 20th ends at 24:00 again */
        {&same_day, "20T10:00", "20T23:59:59.999999", 1},
        {&same_day, "20T10:00", "21T00:00", 0},
        {&same_day, "19T23:00", "20T23:59:59.999999", 1},
        {&within_24h, "20T10:00", "21T10:00", 1},
        {&within_24h, "20T10:00", "21T10:00:00.000001", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s to %s\n", cases[i].t0, cases[i].collected);
        struct order_view view = order_of(cases[i].t0);
        view.collected = at(cases[i].collected);
        struct observed seen = observed_order(cases[i].measure, &zone.calendar, &view);
        assert_int_equal(seen.count, 1);
        assert_int_equal(seen.items[0].sum, cases[i].good);
    }
}

/* --- deadlines --- */

static struct instant deadline(const struct measure *measure, const struct order_view *order)
{
    const struct view view = {.entity = ENTITY_ORDER, .order = *order};
    return measure_deadline(measure, &shanghai.calendar, &view);
}

static void test_measure_deadline__limits__are_the_last_instant_in_time(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00:00.000001");
    view.deliver_by = at("05T20:00");
    assert_instant(deadline(&within_24h, &view), at("03T10:00:00.000001"));
    assert_instant(deadline(&within_60s, &view), at("02T10:01:00.000001"));
    assert_instant(deadline(&as_promised, &view), at("03T18:00"));
    assert_instant(deadline(&shipped_as_promised, &view), at("03T18:00"));
    assert_instant(deadline(&arrived_as_promised, &view), at("05T20:00"));
    assert_instant(deadline(&same_day, &view), at("02T23:59:59.999999"));
    assert_instant(deadline(&next_day, &view), at("03T23:59:59.999999"));
    /* D-doc 3.4: marks are elapsed hours from t0 */
    view.t0 = at("01T23:59:59");
    static const struct {
        struct measure measure;
        const char *mark;
    } marks[] = {{WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 48), "03T23:59:59"},
                 {WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 72), "04T23:59:59"},
                 {WITHIN(MILESTONE_COLLECTED, LIMIT_HOURS, 120), "06T23:59:59"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        assert_instant(deadline(&marks[i].measure, &view), at(marks[i].mark));
}

static void test_measure_event__order__is_the_milestone(void **state)
{
    (void)state;
    struct view view = {.entity = ENTITY_ORDER, .order = order_of("02T10:00")};
    view.order.collected = at("02T12:00");
    view.order.delivered = at("03T12:00");
    view.order.shipped = at("02T11:00");
    assert_instant(measure_event(&within_24h, &view), at("02T12:00"));
    assert_instant(measure_event(&next_day, &view), at("03T12:00"));
    assert_instant(measure_event(&shipped_as_promised, &view), at("02T11:00"));
}

static bool pending(const struct measure *measure, const struct order_view *order, const char *t)
{
    const struct view view = {.entity = ENTITY_ORDER, .order = *order};
    return measure_is_pending(measure, &shanghai.calendar, &view, at(t));
}

static void test_measure_is_pending__until_the_deadline__unless_decided(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    assert_true(pending(&within_24h, &view, "03T10:00"));
    assert_false(pending(&within_24h, &view, "03T10:00:00.000001"));
    assert_true(pending(&same_day, &view, "02T23:59:59.999999"));
    assert_false(pending(&same_day, &view, "03T00:00"));
    assert_true(pending(&shipped_as_promised, &view, "03T18:00"));
    assert_false(pending(&shipped_as_promised, &view, "03T18:00:00.000001"));
    view.collected = at("02T11:00");
    assert_false(pending(&within_24h, &view, "02T12:00"));
    assert_true(pending(&next_day, &view, "02T12:00"));            /* delivery */
    assert_true(pending(&shipped_as_promised, &view, "02T12:00")); /* the waybill */
    view.cancelled = at("02T11:30");
    assert_false(pending(&next_day, &view, "02T12:00"));
    assert_false(pending(&shipped_as_promised, &view, "02T12:00"));
}

/* --- counts and amounts --- */

static void test_observe__orders__counts_every_one_by_t0s_day(void **state)
{
    (void)state;
    struct order_view view = order_of("02T23:59:59.999999");
    view.cancelled = view.t0;
    struct observed seen = seen_by(&orders, &view);
    assert_observed(&seen, at("02T23:59:59.999999"), JANUARY(2), 0);
}

static void test_observe__units__of_delivered_orders_by_delivery(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    view.units = 7;
    assert_int_equal(seen_by(&units, &view).count, 0);
    view.delivered = at("05T00:00");
    struct observed seen = seen_by(&units, &view);
    assert_observed(&seen, at("05T00:00"), JANUARY(5), 7);
    view.cancelled = at("05T00:00:00.000001");
    seen = seen_by(&units, &view);
    assert_observed(&seen, at("05T00:00"), JANUARY(5), 7);
    view.cancelled = at("05T00:00");
    assert_int_equal(seen_by(&units, &view).count, 0);
}

static const struct measure *const all[] = {
    &orders,
    &units,
    &within_24h,
    &within_60s,
    &same_day,
    &next_day,
    &as_promised,
    &shipped_as_promised,
    &arrived_as_promised,
    &delivery_time,
    &left_open,
    &defective,
    &let_down,
    &tracked,
};
#define ALL (sizeof all / sizeof all[0])

/* An order that every measure but left_open sees. */
static struct order_view eventful(void)
{
    struct order_view view = order_of("02T10:00");
    view.shipped = at("02T11:00");
    view.collected = at("02T12:00");
    view.delivered = at("03T12:00");
    view.deliver_by = at("05T20:00");
    return view;
}

static void test_observe__outside_the_population__is_nothing(void **state)
{
    (void)state;
    struct order_view view = eventful();
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(seen_by(all[i], &view).count, all[i] != &left_open);
    view.counts = false;
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(seen_by(all[i], &view).count, 0);
}

static void test_observe__measure_of_another_entity__sees_no_order(void **state)
{
    (void)state;
    struct order_view view = eventful();
    for (size_t i = 0; i < ALL; i++)
        for (int entity = ENTITY_ORDER + 1; entity < ENTITIES; entity++) {
            struct measure measure = *all[i];
            measure.of = (enum entity)entity;
            measure.tickets = ~0U;
            assert_int_equal(seen_by(&measure, &view).count, 0);
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
        struct order_view view = order_of("02T10:00");
        view.delivered = at(cases[i].delivered);
        view.cancelled = at(cases[i].cancelled);
        struct observed seen = seen_by(&delivery_time, &view);
        if (cases[i].any)
            assert_observed(&seen, at(cases[i].delivered), cases[i].day, cases[i].seconds);
        else
            assert_int_equal(seen.count, 0);
    }
}

static void test_observe__duration__takes_the_milestone_that_it_names(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    view.collected = at("02T10:00:07");
    view.delivered = at("03T10:00");
    const struct measure collection = {.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED};
    struct observed seen = seen_by(&collection, &view);
    assert_observed(&seen, at("02T10:00:07"), JANUARY(2), 7);
    seen = seen_by(&delivery_time, &view);
    assert_observed(&seen, at("03T10:00"), JANUARY(3), 86400);
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

/* --- tests of orders --- */

static void test_observe__defects__an_order_counts_once_whatever_it_has(void **state)
{
    (void)state;
    struct measure either = defective;
    either.defects = DEFECT_NEGATIVE_REVIEW | DEFECT_DISPUTE;
    static const struct {
        unsigned has;
        int64_t negative, either;
    } cases[] = {{0, 0, 0},
                 {DEFECT_NEGATIVE_REVIEW, 1, 1},
                 {DEFECT_DISPUTE, 0, 1},
                 {DEFECT_NEGATIVE_REVIEW | DEFECT_DISPUTE, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_view view = order_of("02T10:00");
        view.defects = cases[i].has;
        struct observed seen = seen_by(&defective, &view);
        assert_observed(&seen, at("02T10:00"), JANUARY(2), cases[i].negative);
        seen = seen_by(&either, &view);
        assert_observed(&seen, at("02T10:00"), JANUARY(2), cases[i].either);
    }
}

static void test_observe__cancelled_orders__before_they_went_out_and_not_by_the_buyer(void **state)
{
    (void)state;
    static const struct {
        const char *cancelled;
        enum actor by;
        const char *shipped, *collected;
        int64_t sum;
    } cases[] = {
        {NULL, ACTOR_NONE, NULL, NULL, 0},
        {"03T10:00", ACTOR_MERCHANT, NULL, NULL, 1},
        {"03T10:00", ACTOR_PLATFORM, NULL, NULL, 1},
        {"03T10:00", ACTOR_NONE, NULL, NULL, 1},
        {"03T10:00", ACTOR_BUYER, NULL, NULL, 0},
        {"03T10:00", ACTOR_MERCHANT, "03T09:59:59.999999", NULL, 0},
        {"03T10:00", ACTOR_MERCHANT, "03T10:00", NULL, 1}, /* the cancellation precedes */
        {"03T10:00", ACTOR_MERCHANT, "03T10:00:00.000001", NULL, 1},
        {"03T10:00", ACTOR_MERCHANT, NULL, "03T09:59:59.999999", 0},
        {"03T10:00", ACTOR_MERCHANT, NULL, "03T10:00", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        struct order_view view = order_of("02T10:00");
        view.cancelled = at(cases[i].cancelled);
        view.cancelled_by = cases[i].by;
        view.shipped = at(cases[i].shipped);
        view.collected = at(cases[i].collected);
        struct observed seen = seen_by(&let_down, &view);
        assert_observed(&seen, at("02T10:00"), JANUARY(2), cases[i].sum);
    }
}

static void test_observe__tracked__of_shipped_orders_those_that_were_scanned(void **state)
{
    (void)state;
    struct order_view view = order_of("02T10:00");
    view.tracked = true;
    assert_int_equal(seen_by(&tracked, &view).count, 0);
    view.shipped = at("03T00:00");
    struct observed seen = seen_by(&tracked, &view);
    assert_observed(&seen, at("03T00:00"), JANUARY(3), 0);
    view.collected = at("04T10:00");
    seen = seen_by(&tracked, &view);
    assert_observed(&seen, at("03T00:00"), JANUARY(3), 1);
    view.tracked = false;
    seen = seen_by(&tracked, &view);
    assert_observed(&seen, at("03T00:00"), JANUARY(3), 0);
}

/* --- suspension --- */

/* Whether a measure sees the order when [from, to) is suspended. */
static bool sees(const struct measure *measure, const struct order_view *view, const char *from,
                 const char *to)
{
    const struct interval interval = {at(from).us, at(to).us};
    struct calendar calendar = shanghai.calendar;
    calendar.suspended_count = 1;
    calendar.suspended = &interval;
    return observed_order(measure, &calendar, view).count > 0;
}

static void test_observe__suspended_interval__half_open_over_the_assigning_instant(void **state)
{
    (void)state;
    struct order_view view = eventful();
    /* Which instant assigns the order to its day. */
    static const struct {
        const struct measure *measure;
        const char *last, *at, *next; /* a microsecond around it */
    } cases[] = {
        {&orders, "02T09:59:59.999999", "02T10:00", "02T10:00:00.000001"},
        {&within_24h, "02T09:59:59.999999", "02T10:00", "02T10:00:00.000001"},
        {&same_day, "02T09:59:59.999999", "02T10:00", "02T10:00:00.000001"},
        {&defective, "02T09:59:59.999999", "02T10:00", "02T10:00:00.000001"},
        {&let_down, "02T09:59:59.999999", "02T10:00", "02T10:00:00.000001"},
        {&tracked, "02T10:59:59.999999", "02T11:00", "02T11:00:00.000001"},
        {&units, "03T11:59:59.999999", "03T12:00", "03T12:00:00.000001"},
        {&delivery_time, "03T11:59:59.999999", "03T12:00", "03T12:00:00.000001"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        struct measure measure = *cases[i].measure;
        measure.suspends = true;
        assert_false(sees(&measure, &view, cases[i].at, cases[i].next));
        assert_false(sees(&measure, &view, cases[i].last, cases[i].next));
        assert_true(sees(&measure, &view, cases[i].last, cases[i].at));
        assert_true(sees(&measure, &view, cases[i].next, "20T00:00"));
        /* the backlog rule knows no suspension */
        measure.suspends = false;
        assert_true(sees(&measure, &view, "01T00:00", "20T00:00"));
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
        unit(test_observe__other_limits__exactly_at_them_is_in_time),
        unit(test_observe__by_the_delivery_date__only_orders_that_have_one),
        unit(test_observe__day_limits__count_from_t0s_own_day),
        unit(test_observe__clock_changes__move_days_and_not_hours),
        unit(test_measure_deadline__limits__are_the_last_instant_in_time),
        unit(test_measure_event__order__is_the_milestone),
        unit(test_measure_is_pending__until_the_deadline__unless_decided),
        unit(test_observe__orders__counts_every_one_by_t0s_day),
        unit(test_observe__units__of_delivered_orders_by_delivery),
        unit(test_observe__outside_the_population__is_nothing),
        unit(test_observe__measure_of_another_entity__sees_no_order),
        unit(test_observe__duration__whole_seconds_by_the_events_day),
        unit(test_observe__duration__takes_the_milestone_that_it_names),
        unit(test_observe__left_open__neither_collected_nor_cancelled_at_the_checkpoint),
        unit(test_observe__defects__an_order_counts_once_whatever_it_has),
        unit(test_observe__cancelled_orders__before_they_went_out_and_not_by_the_buyer),
        unit(test_observe__tracked__of_shipped_orders_those_that_were_scanned),
        unit(test_observe__suspended_interval__half_open_over_the_assigning_instant),
    };
    return cmocka_run_group_tests_name("domain/measure", tests, set_up, NULL);
}
