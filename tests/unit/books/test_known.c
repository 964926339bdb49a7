#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "books/known.h"

#define FROM ((struct instant){100})
#define TO ((struct instant){200})

/* Received before and between the two instants, and after both; each kind of them retracted, too.
 */
static struct known_event late[] = {
    {"oms", "between", {150}}, {"oms", "later", {201}}, {"oms", "edge", {200}}};
static struct known_event retracted[] = {{"oms", "gone-between", {101}},
                                         {"oms", "gone-later", {250}}};

static const struct known known = {
    .from = {100},
    .to = {200},
    .late = late,
    .late_count = 3,
    .retracted = retracted,
    .retracted_count = 2,
};

/* As known_load leaves them. */
static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct known_event *)a)->id, ((const struct known_event *)b)->id);
}

static int sort_late(void **state)
{
    (void)state;
    qsort(late, 3, sizeof *late, by_id);
    return 0;
}

static void assert_kept(struct instant facts, struct instant retractions,
                        const char *const *expected, size_t count)
{
    struct fact items[] = {
        {.source = "oms", .id = "always", .retracted_at = INSTANT_NEVER},
        {.source = "wms", .id = "later", .retracted_at = INSTANT_NEVER}, /* of another source */
        {.source = "oms", .id = "between", .retracted_at = INSTANT_NEVER},
        {.source = "oms", .id = "edge", .retracted_at = INSTANT_NEVER},
        {.source = "oms", .id = "later", .retracted_at = INSTANT_NEVER},
        {.source = "oms", .id = "gone-before", .retracted_at = {50}},
        {.source = "oms", .id = "gone-between", .retracted_at = {60}},
        {.source = "oms", .id = "gone-later", .retracted_at = {70}},
    };
    struct known_at at = {&known, facts, retractions, facts};
    size_t left = sizeof items / sizeof *items;
    known_filter(&at, items, &left);
    assert_int_equal(left, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(items[i].id, expected[i]);
        assert_true(instant_is_never(items[i].retracted_at));
    }
}

static void test_filter__from__neither_late_facts_nor_later_retractions(void **state)
{
    (void)state;
    static const char *const kept[] = {"always", "later", "gone-between", "gone-later"};
    assert_kept(FROM, FROM, kept, 4);
}

static void test_filter__facts_by_to__late_ones_are_there(void **state)
{
    (void)state;
    static const char *const kept[] = {"always", "later",        "between",
                                       "edge",   "gone-between", "gone-later"};
    assert_kept(TO, FROM, kept, 6);
}

static void test_filter__retractions_by_to__what_they_name_is_gone(void **state)
{
    (void)state;
    static const char *const kept[] = {"always", "later", "between", "edge", "gone-later"};
    assert_kept(TO, TO, kept, 5);
}

static void test_has__only_after_to__nothing_happened_between(void **state)
{
    (void)state;
    struct known some = known;
    assert_true(known_has_late(&some));
    assert_true(known_has_retracted(&some));
    some.to = (struct instant){100};
    assert_false(known_has_late(&some));
    assert_false(known_has_retracted(&some));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter__from__neither_late_facts_nor_later_retractions),
        cmocka_unit_test(test_filter__facts_by_to__late_ones_are_there),
        cmocka_unit_test(test_filter__retractions_by_to__what_they_name_is_gone),
        cmocka_unit_test(test_has__only_after_to__nothing_happened_between),
    };
    return cmocka_run_group_tests(tests, sort_late, NULL);
}
