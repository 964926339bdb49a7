/* The outbox between two processes: each has its own connection, and time is a parameter, so that
 * every order of their steps can be had without waiting for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "books/notices.h"
#include "db/pool.h"
#include "jobs/outbox.h"
#include "pg_fixture.h"

#define NOW ((struct instant){INT64_C(1705291200) * US_PER_SECOND})
#define LEASE_S 60

static struct db *one, *other;
static const struct receiver receiver = {"all", "https://example.com/"};

static struct instant after_s(int64_t s)
{
    return (struct instant){NOW.us + s * US_PER_SECOND};
}

static int set_up(void **state)
{
    struct pg_fixture *fixture;
    if (pg_fixture_setup(state) != 0)
        return -1;
    fixture = *state;
    one = fixture->db;
    return db_connect(fixture->url, "windvane test", &other) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    db_close(other);
    return pg_fixture_teardown(state);
}

/* One subscription of all, one of s2 alone, one that is off; a notice of s1. */
static int begin(void **state)
{
    (void)state;
    const struct notice notice = {NOTICE_LEVEL, NOW, "{}", 2};
    pg_run(one, "delete from deliveries");
    pg_run(one, "delete from notifications");
    pg_run(one, "delete from subscriptions");
    pg_run(one, "insert into subscriptions select n, 'key', false, '', 'https://example.com/',"
                " case n when 'two' then array['s2'] end, null, n <> 'off', null, null,"
                " decode(repeat('07', 32), 'hex'), null, null, now()"
                " from unnest(array['all', 'two', 'off']) n");
    assert_int_equal(notices_add(one, "s1", NOW, &notice, 1), ERR_OK);
    return 0;
}

static struct db_result *due(struct db *db, struct instant now)
{
    struct db_result *result = NULL;
    const struct outbox_room room = {.each = 4, .all = 10, .silent = 10};
    assert_int_equal(outbox_due(db, now, &room, &result), ERR_OK);
    return result;
}

static bool claim(struct db *db, const struct db_result *found, struct instant now,
                  int64_t *ret_number)
{
    struct db_result *claimed = NULL;
    struct attempt attempt;
    struct instant until = {now.us + LEASE_S * US_PER_SECOND};
    assert_int_equal(outbox_claim(db, found, 0, now, until), ERR_OK);
    assert_int_equal(db_pipeline_run(db, &claimed), ERR_OK);
    bool ours = outbox_attempt(claimed, &attempt);
    if (ours)
        *ret_number = attempt.number;
    db_result_free(claimed);
    return ours;
}

static struct delivery_key key(const struct db_result *found)
{
    struct delivery_key key = {.seq = db_int(found, 0, 1)};
    snprintf(key.store, sizeof key.store, "%s", db_text(found, 0, 0));
    snprintf(key.subscription, sizeof key.subscription, "%s", db_text(found, 0, 2));
    return key;
}

static int due_rows(struct instant now)
{
    struct db_result *found = due(one, now);
    int rows = db_rows(found);
    db_result_free(found);
    return rows;
}

static void test_claim__two_that_read_the_same__one_has_it(void **state)
{
    (void)state;
    int64_t number = 0;
    struct db_result *mine = due(one, NOW), *theirs = due(other, NOW);
    assert_int_equal(db_rows(mine), 1); /* for the active one that wants the store */
    assert_string_equal(db_text(mine, 0, 2), "all");
    assert_int_equal(db_rows(theirs), 1);
    assert_true(claim(other, theirs, NOW, &number));
    assert_int_equal(number, 1);
    assert_false(claim(one, mine, NOW, &number));
    assert_int_equal(due_rows(after_s(LEASE_S - 1)), 0);
    db_result_free(mine);
    db_result_free(theirs);
}

static void test_claim__switched_off_meanwhile__costs_no_attempt(void **state)
{
    (void)state;
    int64_t number = 0;
    struct db_result *found = due(one, NOW);
    pg_run(other, "update subscriptions set active = false");
    assert_false(claim(one, found, NOW, &number));
    pg_run(other, "update subscriptions set active = true");
    assert_true(claim(one, found, NOW, &number)); /* nor has its time moved on */
    assert_int_equal(number, 1);
    db_result_free(found);
}

static void test_claim__lease_over__is_due_again(void **state)
{
    (void)state;
    int64_t number = 0;
    struct db_result *first = due(one, NOW), *second;
    assert_true(claim(one, first, NOW, &number));
    second = due(other, after_s(LEASE_S));
    assert_int_equal(db_rows(second), 1);
    assert_true(claim(other, second, after_s(LEASE_S), &number));
    assert_int_equal(number, 2);

    /* The first process lives after all. Its failure is no news any more; its success is. */
    struct delivery_key which = key(first);
    const struct failure failure = {500, "late", INSTANT_NEVER};
    assert_int_equal(outbox_failed(one, &which, after_s(LEASE_S), after_s(61), &failure), ERR_OK);
    assert_int_equal(pg_int(one, "select count(*) from deliveries where state = 'pending'"), 1);
    assert_int_equal(outbox_delivered(one, &which, after_s(62), 200), ERR_OK);
    assert_int_equal(outbox_failed(other, &which, after_s(2 * LEASE_S), after_s(63), &failure),
                     ERR_OK);
    assert_int_equal(pg_int(one, "select count(*) from deliveries where state = 'delivered'"), 1);
    assert_int_equal(due_rows(after_s(100000)), 0);
    db_result_free(first);
    db_result_free(second);
}

static void test_due__who_rests_is_off_or_busy__has_nothing(void **state)
{
    (void)state;
    assert_int_equal(due_rows((struct instant){NOW.us - 1}), 0);
    assert_int_equal(due_rows(NOW), 1);
    const char *busy[] = {"all"};
    const struct outbox_room room = {
        .each = 4, .all = 10, .silent = 10, .busy = busy, .busy_count = 1};
    struct db_result *found = NULL;
    assert_int_equal(outbox_due(one, NOW, &room, &found), ERR_OK);
    assert_int_equal(db_rows(found), 0);
    db_result_free(found);
    bool holds = false;
    assert_int_equal(outbox_rest(one, &receiver, after_s(10), &holds), ERR_OK);
    assert_true(holds);
    assert_int_equal(outbox_rest(one, &receiver, after_s(5), &holds), ERR_OK);
    assert_true(holds); /* for the longer time */
    assert_int_equal(due_rows(after_s(9)), 0);
    assert_int_equal(due_rows(after_s(10)), 1);
    assert_int_equal(outbox_gone(one, &receiver, "gone", &holds), ERR_OK);
    assert_true(holds);
    assert_int_equal(due_rows(after_s(10)), 0);
    /* The next one that hears it changes nothing. */
    assert_int_equal(outbox_gone(one, &receiver, "again", &holds), ERR_OK);
    assert_true(holds);
    assert_int_equal(pg_int(one, "select count(*) from subscriptions where reason = 'gone'"), 1);
}

/* Three more subscriptions of s1, which has four notices in all. */
static void crowd(void)
{
    const struct notice notices[] = {
        {NOTICE_LEVEL, NOW, "{}", 2}, {NOTICE_LEVEL, NOW, "{}", 2}, {NOTICE_LEVEL, NOW, "{}", 2}};
    pg_run(one, "insert into subscriptions select n, 'key', false, '', 'https://example.com/',"
                " null, null, true, null, null, decode(repeat('07', 32), 'hex'), null, null, now()"
                " from unnest(array['b', 'c', 'd']) n");
    assert_int_equal(notices_add(one, "s1", NOW, notices, 3), ERR_OK);
}

/* How many are due of which subscriptions, in the order of their names. */
static void assert_due(int32_t all, int32_t silent, const char *expected)
{
    char found[64] = "";
    size_t len = 0;
    const struct outbox_room room = {.each = 4, .all = all, .silent = silent};
    const char *const names[] = {"all", "b", "c", "d"};
    struct db_result *result = NULL;
    assert_int_equal(outbox_due(one, NOW, &room, &result), ERR_OK);
    for (size_t i = 0; i < 4; i++) {
        int count = 0;
        for (int row = 0; row < db_rows(result); row++)
            count += strcmp(db_text(result, row, 2), names[i]) == 0;
        if (count > 0)
            len += (size_t)snprintf(found + len, sizeof found - len, "%s:%d ", names[i], count);
    }
    db_result_free(result);
    assert_string_equal(found, expected);
}

static void test_due__one_each_until_it_has_answered(void **state)
{
    (void)state;
    const struct receiver b = {"b", "https://example.com/"}, left = {"c", "https://example.com/c"};
    crowd();
    assert_due(10, 10, "all:1 b:1 c:1 d:1 ");
    assert_int_equal(outbox_answers(one, &b, true), ERR_OK);
    assert_int_equal(outbox_answers(one, &left, true), ERR_OK); /* c has another address */
    assert_due(10, 10, "all:1 b:3 c:1 d:1 ");
    assert_due(10, 1, "all:1 b:3 ");
    assert_due(10, 0, "b:3 ");
    assert_int_equal(outbox_answers(one, &b, false), ERR_OK);
    assert_due(10, 0, "");
}

static void test_due__tried_longest_ago__comes_first(void **state)
{
    (void)state;
    crowd();
    pg_run(one,
           "update deliveries set next_at = next_at - interval '1 hour', attempted_at = next_at"
           " where subscription_id in ('all', 'b')");
    pg_run(one, "update deliveries set attempted_at = next_at - interval '1 day'"
                " where subscription_id = 'c'");
    assert_due(1, 10, "d:1 "); /* never, whatever backlog the others have */
    assert_due(2, 10, "c:1 d:1 ");
    pg_run(one, "update subscriptions set answers = true where subscription_id = 'all'");
    assert_due(2, 10, "c:1 d:1 ");
    assert_due(2, 0, "all:2 ");
}

static void test_gone_and_rest__the_address_was_left__do_not_hold(void **state)
{
    (void)state;
    bool holds = true;
    pg_run(one, "update subscriptions set url = 'https://example.com/new'");
    assert_int_equal(outbox_rest(one, &receiver, after_s(10), &holds), ERR_OK);
    assert_false(holds);
    holds = true;
    assert_int_equal(outbox_gone(one, &receiver, "gone", &holds), ERR_OK);
    assert_false(holds);
    assert_int_equal(due_rows(NOW), 1);
}

static void test_notices__rolled_back__leave_nothing_to_send(void **state)
{
    (void)state;
    const struct notice notice = {NOTICE_REPORT, NOW, "{}", 2};
    assert_int_equal(db_begin(one, DB_READ_COMMITTED), ERR_OK);
    assert_int_equal(notices_add(one, "s2", NOW, &notice, 1), ERR_OK);
    assert_int_equal(pg_int(one, "select count(*) from deliveries where store_id = 's2'"), 2);
    db_rollback(one);
    assert_int_equal(pg_int(one, "select count(*) from deliveries where store_id = 's2'"), 0);
    assert_int_equal(pg_int(one, "select count(*) from notifications where store_id = 's2'"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_claim__two_that_read_the_same__one_has_it, begin),
        cmocka_unit_test_setup(test_claim__switched_off_meanwhile__costs_no_attempt, begin),
        cmocka_unit_test_setup(test_claim__lease_over__is_due_again, begin),
        cmocka_unit_test_setup(test_due__who_rests_is_off_or_busy__has_nothing, begin),
        cmocka_unit_test_setup(test_due__one_each_until_it_has_answered, begin),
        cmocka_unit_test_setup(test_due__tried_longest_ago__comes_first, begin),
        cmocka_unit_test_setup(test_gone_and_rest__the_address_was_left__do_not_hold, begin),
        cmocka_unit_test_setup(test_notices__rolled_back__leave_nothing_to_send, begin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
