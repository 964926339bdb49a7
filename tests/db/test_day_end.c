/* When a store's day was over, whatever became of its zone meanwhile. The instants are computed by
 * hand: Shanghai is UTC+8, Honolulu UTC-10, Kiritimati UTC+14, all of them without clock changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "books/day_end.h"
#include "pg_fixture.h"
#include "rules/rules.h"

/* Settings of a store that hold from an instant on. */
static void add_zone(struct db *db, const char *store, int version, const char *from,
                     const char *zone)
{
    char text[512];
    snprintf(text, sizeof text,
             "insert into store_versions (store_id, version, valid_from, name, category, time_zone,"
             " services, policy_id, policy_version) values ('%s', %d, '%s', '', '', '%s', '{}',"
             " 'jd', 1)",
             store, version, from, zone);
    pg_run(db, text);
}

/* Of 2024-01-10. */
static void check_end(const struct pg_fixture *fixture, const char *store, const char *expected)
{
    struct rules *rules = rules_new();
    struct instant end;
    int32_t day;
    char text[INSTANT_TEXT_SIZE];
    assert_non_null(rules);
    assert_int_equal(date_parse("2024-01-10", 10, &day), ERR_OK);
    assert_int_equal(store_day_end(rules, fixture->db, store, day, &end), ERR_OK);
    instant_format(end, text);
    assert_string_equal(text, expected);
    rules_free(rules);
}

static void test_day__in_one_zone__ends_at_its_midnight(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "one", 1, "2023-01-01T00:00:00Z", "Asia/Shanghai");
    check_end(fixture, "one", "2024-01-10T16:00:00Z");
}

static void test_day__before_the_first_settings__is_theirs(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "new", 1, "2024-06-01T00:00:00Z", "Asia/Shanghai");
    check_end(fixture, "new", "2024-01-10T16:00:00Z");
}

static void test_zone__changed_before_the_end__ends_it_later(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "west", 1, "2023-01-01T00:00:00Z", "Asia/Shanghai");
    add_zone(fixture->db, "west", 2, "2024-01-10T12:00:00Z", "Pacific/Honolulu");
    check_end(fixture, "west", "2024-01-11T10:00:00Z");
}

static void test_zone__changed_after_the_end__does_not_move_it(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "late", 1, "2023-01-01T00:00:00Z", "Asia/Shanghai");
    add_zone(fixture->db, "late", 2, "2024-01-10T18:00:00Z", "Pacific/Honolulu");
    check_end(fixture, "late", "2024-01-10T16:00:00Z");
}

static void test_zone__in_which_the_day_is_over__ends_it_at_the_change(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "east", 1, "2023-01-01T00:00:00Z", "Pacific/Honolulu");
    add_zone(fixture->db, "east", 2, "2024-01-10T20:00:00Z", "Pacific/Kiritimati");
    check_end(fixture, "east", "2024-01-10T20:00:00Z");
}

static void test_zone__changed_twice__the_second_change_counts(void **state)
{
    struct pg_fixture *fixture = *state;
    add_zone(fixture->db, "twice", 1, "2023-01-01T00:00:00Z", "Asia/Shanghai");
    add_zone(fixture->db, "twice", 2, "2024-01-10T12:00:00Z", "Pacific/Honolulu");
    add_zone(fixture->db, "twice", 3, "2024-01-10T13:00:00Z", "Pacific/Kiritimati");
    check_end(fixture, "twice", "2024-01-10T13:00:00Z");
}

static void test_store__that_does_not_exist__is_not_found(void **state)
{
    struct pg_fixture *fixture = *state;
    struct rules *rules = rules_new();
    struct instant end;
    assert_non_null(rules);
    assert_int_equal(store_day_end(rules, fixture->db, "nobody", 19732, &end), ERR_NOT_FOUND);
    rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_day__in_one_zone__ends_at_its_midnight),
        cmocka_unit_test(test_day__before_the_first_settings__is_theirs),
        cmocka_unit_test(test_zone__changed_before_the_end__ends_it_later),
        cmocka_unit_test(test_zone__changed_after_the_end__does_not_move_it),
        cmocka_unit_test(test_zone__in_which_the_day_is_over__ends_it_at_the_change),
        cmocka_unit_test(test_zone__changed_twice__the_second_change_counts),
        cmocka_unit_test(test_store__that_does_not_exist__is_not_found),
    };
    return cmocka_run_group_tests(tests, pg_fixture_setup, pg_fixture_teardown);
}
