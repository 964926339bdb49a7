#include "written.h"

#include "domain/mark.h"

static void test_mark_checkpoint__hours__count_from_the_days_end(void **state)
{
    (void)state;
    struct zone shanghai;
    zone_fixed(&shanghai, 8 * 60);
    assert_instant(mark_checkpoint(&shanghai.calendar, JANUARY(1), 72), at("05T00:00"));
    assert_instant(mark_checkpoint(&shanghai.calendar, JANUARY(1), 0), at("02T00:00"));
    assert_instant(mark_checkpoint(&shanghai.calendar, JANUARY(2), -24), at("02T00:00"));
}

/* The mark lies at 4 January, 10:00. */
struct mark_case {
    const char *collected;
    const char *cancelled;
    const char *t;
    const char *state;
};

static void test_order_mark_state__order_at_t__is_one_of_five(void **state)
{
    (void)state;
    static const struct mark_case cases[] = {
        {NULL, NULL, "03T10:00", "pending"},
        /* exactly at the mark is in time */
        {NULL, NULL, "04T10:00", "pending"},
        {NULL, NULL, "04T10:00:00.000001", "overdue"},
        {"04T10:00", NULL, "05T00:00", "collected"},
        {"04T10:00:00.000001", NULL, "05T00:00", "overdue"},
        {NULL, "04T10:00", "05T00:00", "cancelled"},
        {NULL, "04T10:00:00.000001", "05T00:00", "overdue"},
        /* what comes first holds; at a tie the cancellation precedes */
        {"03T10:00", "03T10:00:00.000001", "05T00:00", "collected"},
        {"03T10:00", "03T10:00", "05T00:00", "cancelled"},
        {"03T10:00:00.000001", "03T10:00", "05T00:00", "cancelled"},
        {"04T12:00", "04T10:00", "05T00:00", "cancelled"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct mark_case *c = &cases[i];
        print_message("case %zu\n", i);
        struct order_view view = {.collected = at(c->collected), .cancelled = at(c->cancelled)};
        assert_string_equal(
            order_mark_state_name(order_mark_state(&view, false, at("04T10:00"), at(c->t))),
            c->state);
        /* an approved report goes before all of it */
        assert_string_equal(
            order_mark_state_name(order_mark_state(&view, true, at("04T10:00"), at(c->t))),
            "exempt");
    }
}

static void test_order_left_open__neither_event__by_then(void **state)
{
    (void)state;
    struct order_view open = {.collected = INSTANT_NEVER, .cancelled = INSTANT_NEVER};
    struct order_view collected = {.collected = at("04T10:00"), .cancelled = INSTANT_NEVER};
    struct order_view cancelled = {.collected = INSTANT_NEVER, .cancelled = at("04T10:00")};
    struct instant before = at("04T09:59:59.999999"), then = at("04T10:00");
    assert_true(order_left_open(&open, then));
    assert_true(order_left_open(&collected, before));
    assert_false(order_left_open(&collected, then));
    assert_true(order_left_open(&cancelled, before));
    assert_false(order_left_open(&cancelled, then));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_mark_checkpoint__hours__count_from_the_days_end),
        unit(test_order_mark_state__order_at_t__is_one_of_five),
        unit(test_order_left_open__neither_event__by_then),
    };
    return cmocka_run_group_tests_name("domain/mark", tests, NULL, NULL);
}
