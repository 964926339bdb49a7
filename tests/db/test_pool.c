/* The pool: bounds, reuse, broken connections, threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "db/pool.h"
#include "db/query.h"
#include "pg_fixture.h"

#define LONG_MS 10000 /* never reached by a test that passes */

static const struct db_sql select_one = {"one", "select 1"};

static struct db_pool *new_pool(void **state, unsigned size)
{
    struct pg_fixture *fixture = *state;
    struct db_pool *pool = NULL;
    assert_int_equal(db_pool_new(fixture->url, "pool test", size, &pool), ERR_OK);
    return pool;
}

static struct db *lease(struct db_pool *pool)
{
    struct db *db = NULL;
    assert_int_equal(db_pool_lease(pool, LONG_MS, &db), ERR_OK);
    return db;
}

static int64_t pid_of(struct db *db)
{
    return pg_int(db, "select pg_backend_pid()");
}

static void test_db_pool_new__no_lease__connects_nobody(void **state)
{
    struct pg_fixture *fixture = *state;
    struct db_pool *pool = new_pool(state, 4);
    assert_int_equal(pg_int(fixture->db, "select count(*) from pg_stat_activity"
                                         " where application_name = 'pool test'"
                                         " and datname = current_database()"),
                     0);
    db_pool_free(pool);
}

static void test_db_pool_lease__after_return__gives_the_same_connection(void **state)
{
    struct db_pool *pool = new_pool(state, 4);
    struct db *db = lease(pool);
    int64_t pid = pid_of(db);
    db_pool_return(pool, db);
    db = lease(pool);
    assert_int_equal(pid_of(db), pid);
    db_pool_return(pool, db);
    db_pool_free(pool);
}

static void test_db_pool_lease__all_out__is_unavailable(void **state)
{
    struct db_pool *pool = new_pool(state, 2);
    struct db *first = lease(pool);
    struct db *second = lease(pool);
    struct db *third = NULL;
    assert_int_equal(db_pool_lease(pool, 1, &third), ERR_UNAVAILABLE);
    assert_null(third);
    db_pool_return(pool, first);
    third = lease(pool);
    db_pool_return(pool, second);
    db_pool_return(pool, third);
    db_pool_free(pool);
}

static void test_db_pool_return__open_transaction__is_rolled_back(void **state)
{
    struct db_pool *pool = new_pool(state, 1);
    struct db *db = lease(pool);
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    pg_run(db, "create table left_open (n integer)");
    db_pool_return(pool, db);
    db = lease(pool);
    assert_int_equal(pg_int(db, "select count(*) from pg_tables where tablename = 'left_open'"), 0);
    db_pool_return(pool, db);
    db_pool_free(pool);
}

static void test_db_pool_return__changed_timeout__is_set_back(void **state)
{
    struct db_pool *pool = new_pool(state, 1);
    struct db *db = lease(pool);
    assert_int_equal(db_statement_timeout(db, 0), ERR_OK);
    db_pool_return(pool, db);
    db = lease(pool);
    assert_int_equal(
        pg_int(db, "select setting::integer from pg_settings where name = 'statement_timeout'"),
        30000);
    db_pool_return(pool, db);
    db_pool_free(pool);
}

static void test_db_pool_lease__idle_connection_was_closed__gives_a_whole_one(void **state)
{
    struct pg_fixture *fixture = *state;
    struct db_pool *pool = new_pool(state, 1);
    struct db *db = lease(pool);
    db_pool_return(pool, db);
    /* offset 0: the condition is decided before anyone is terminated */
    assert_int_equal(
        pg_int(fixture->db,
               "select count(*) from (select pid from pg_stat_activity"
               "  where application_name = 'pool test' and datname = current_database()"
               "  offset 0) as victim where pg_terminate_backend(pid, 10000)"),
        1);
    db = lease(pool);
    assert_int_equal(db_query(db, &select_one, NULL, NULL), ERR_OK);
    db_pool_return(pool, db);
    db_pool_free(pool);
}

static void test_db_pool_return__broken_connection__frees_its_place(void **state)
{
    struct db_pool *pool = new_pool(state, 1);
    struct db *db = lease(pool);
    assert_int_not_equal(
        db_query(db, &(struct db_sql){"die", "select pg_terminate_backend(pg_backend_pid())"}, NULL,
                 NULL),
        ERR_OK);
    db_pool_return(pool, db);
    db = lease(pool);
    assert_int_equal(db_query(db, &select_one, NULL, NULL), ERR_OK);
    db_pool_return(pool, db);
    db_pool_free(pool);
}

static void test_db_pool_lease__no_server__is_unavailable_each_time(void **state)
{
    (void)state;
    struct db_pool *pool = NULL;
    assert_int_equal(db_pool_new("postgresql://nobody@/d?host=/nonexistent", "test", 1, &pool),
                     ERR_OK);
    struct db *db = NULL;
    assert_int_equal(db_pool_lease(pool, LONG_MS, &db), ERR_UNAVAILABLE);
    /* the place of the first failure is free again */
    assert_int_equal(db_pool_lease(pool, LONG_MS, &db), ERR_UNAVAILABLE);
    db_pool_free(pool);
}

enum { THREADS = 8, ROUNDS = 50, POOL_SIZE = 3 };

struct crowd {
    struct db_pool *pool;
    atomic_int out;
    atomic_int most_out;
    atomic_int failures;
};

static void *work(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct db *db = NULL;
        if (db_pool_lease(crowd->pool, LONG_MS, &db) != ERR_OK) {
            atomic_fetch_add(&crowd->failures, 1);
            continue;
        }
        int out = atomic_fetch_add(&crowd->out, 1) + 1;
        int most = atomic_load(&crowd->most_out);
        while (out > most && !atomic_compare_exchange_weak(&crowd->most_out, &most, out))
            continue;
        if (db_query(db, &select_one, NULL, NULL) != ERR_OK)
            atomic_fetch_add(&crowd->failures, 1);
        atomic_fetch_sub(&crowd->out, 1);
        db_pool_return(crowd->pool, db);
    }
    return NULL;
}

static void test_db_pool__more_threads_than_connections__all_get_their_turn(void **state)
{
    struct crowd crowd = {.pool = new_pool(state, POOL_SIZE)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&crowd.failures), 0);
    assert_true(atomic_load(&crowd.most_out) <= POOL_SIZE);
    db_pool_free(crowd.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_db_pool_new__no_lease__connects_nobody),
        cmocka_unit_test(test_db_pool_lease__after_return__gives_the_same_connection),
        cmocka_unit_test(test_db_pool_lease__all_out__is_unavailable),
        cmocka_unit_test(test_db_pool_return__open_transaction__is_rolled_back),
        cmocka_unit_test(test_db_pool_return__changed_timeout__is_set_back),
        cmocka_unit_test(test_db_pool_lease__idle_connection_was_closed__gives_a_whole_one),
        cmocka_unit_test(test_db_pool_return__broken_connection__frees_its_place),
        cmocka_unit_test(test_db_pool_lease__no_server__is_unavailable_each_time),
        cmocka_unit_test(test_db_pool__more_threads_than_connections__all_get_their_turn),
    };
    return cmocka_run_group_tests_name("db pool", tests, pg_fixture_setup_empty,
                                       pg_fixture_teardown);
}
