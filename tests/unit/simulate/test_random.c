#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "simulate/random.h"

/* The published sequence of splitmix64 for the state 1234567: the same on every machine. */
static void test_random_next__known_state__published_numbers(void **state)
{
    struct random random = {1234567};

    (void)state;
    assert_true(random_next(&random) == UINT64_C(6457827717110365317));
    assert_true(random_next(&random) == UINT64_C(3203168211198807973));
    assert_true(random_next(&random) == UINT64_C(9817491932198370423));
}

static void test_random_of__each_part_of_the_key__matters(void **state)
{
    uint64_t base = random_of(1, 2, 3, 4).state;

    (void)state;
    assert_true(base == random_of(1, 2, 3, 4).state);
    assert_true(base != random_of(2, 2, 3, 4).state);
    assert_true(base != random_of(1, 3, 3, 4).state);
    assert_true(base != random_of(1, 3, 2, 4).state);
    assert_true(base != random_of(1, 2, 4, 3).state);
}

static void test_random_between__many_draws__both_ends_and_nothing_outside(void **state)
{
    struct random random = random_of(1, 0, 0, 0);
    int seen[5] = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t value = random_between(&random, -2, 2);
        assert_in_range(value + 2, 0, 4);
        seen[value + 2]++;
    }
    for (int i = 0; i < 5; i++)
        assert_in_range(seen[i], 100, 300);
}

static void test_random_chance__never_and_always__certain(void **state)
{
    struct random random = random_of(1, 0, 0, 0);

    (void)state;
    for (int i = 0; i < 10000; i++) {
        assert_false(random_chance(&random, 0));
        assert_true(random_chance(&random, 1000));
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_next__known_state__published_numbers),
        cmocka_unit_test(test_random_of__each_part_of_the_key__matters),
        cmocka_unit_test(test_random_between__many_draws__both_ends_and_nothing_outside),
        cmocka_unit_test(test_random_chance__never_and_always__certain),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("simulate/random", tests, NULL, NULL);
}
