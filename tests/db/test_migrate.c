/* Migrations: the embedded ones, and small ones of the tests' own for what must go wrong. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assets.h"
#include "db/migrate.h"
#include "db/migration.h"
#include "db/pool.h"
#include "db/query.h"
#include "pg_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct asset two[] = {
    {"migrations/0001_first.down.sql", "drop table first;"},
    {"migrations/0001_first.up.sql",
     "create table first (n integer); insert into first values (1);"},
    {"migrations/0002_second.down.sql", "drop table second;"},
    {"migrations/0002_second.up.sql", "create table second (n integer);"},
    {"migrations/schema.sql", "not a migration"},
    {"policies/x.json", "{}"},
};

static const struct asset one_changed[] = {
    {"migrations/0001_first.down.sql", "drop table first;"},
    {"migrations/0001_first.up.sql", "create table first (n bigint);"},
};

static const struct asset second_fails[] = {
    {"migrations/0001_first.down.sql", "drop table first;"},
    {"migrations/0001_first.up.sql",
     "create table first (n integer); insert into first values (1);"},
    {"migrations/0002_second.down.sql", "drop table second;"},
    {"migrations/0002_second.up.sql", "create table second (n integer); selekt;"},
};

static struct db *db_of(void **state)
{
    return ((struct pg_fixture *)*state)->db;
}

/* Every test begins with a database without any table. */
static int empty(void **state)
{
    pg_run(db_of(state), "drop schema public cascade");
    pg_run(db_of(state), "create schema public");
    return 0;
}

static void apply_two(struct db *db)
{
    int applied = 0;
    int failed = 0;
    assert_int_equal(migration_up(db, two, COUNT(two), &applied, &failed), ERR_OK);
    assert_int_equal(applied, 2);
}

static int64_t tables(struct db *db)
{
    return pg_int(db, "select count(*) from pg_tables where schemaname = 'public'"
                      " and tablename <> 'schema_migrations'");
}

/* A digest of every table, column, constraint and index. */
static int64_t schema_hash(struct db *db)
{
    return pg_int(
        db, "select hashtextextended(string_agg(line, e'\\n' order by line), 0) from ("
            " select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable"
            "  from information_schema.columns where table_schema = 'public'"
            " union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint"
            "  where connamespace = 'public'::regnamespace"
            " union all select indexdef from pg_indexes where schemaname = 'public') as t (line)");
}

static void test_db_migrate_up__embedded__applies_once(void **state)
{
    struct db *db = db_of(state);
    int applied = 0;
    int failed = 0;
    assert_int_equal(db_migrate_check(db), ERR_CONFLICT);
    assert_int_equal(db_migrate_up(db, &applied, &failed), ERR_OK);
    assert_true(applied > 0);
    assert_int_equal(db_migrate_check(db), ERR_OK);
    assert_int_equal(pg_int(db, "select count(*) from schema_migrations"), applied);
    assert_int_equal(db_migrate_up(db, &applied, &failed), ERR_OK);
    assert_int_equal(applied, 0);
}

static void test_db_migrate_down__embedded__leaves_nothing_and_comes_back(void **state)
{
    struct db *db = db_of(state);
    int applied = 0;
    int reverted = 0;
    int failed = 0;
    assert_int_equal(db_migrate_up(db, &applied, &failed), ERR_OK);
    int64_t before = schema_hash(db);
    assert_int_equal(db_migrate_down(db, applied, &reverted), ERR_OK);
    assert_int_equal(reverted, applied);
    assert_int_equal(tables(db), 0);
    assert_int_equal(db_migrate_up(db, &applied, &failed), ERR_OK);
    assert_true(schema_hash(db) == before);
}

static void test_migration_up__two__records_them(void **state)
{
    struct db *db = db_of(state);
    apply_two(db);
    assert_int_equal(pg_int(db, "select n from first"), 1);
    assert_int_equal(pg_int(db, "select count(*) from schema_migrations"
                                " where (number, name) in ((1, 'first'), (2, 'second'))"
                                " and checksum ~ '^[0-9a-f]{64}$'"),
                     2);
    assert_int_equal(migration_check(db, two, COUNT(two)), ERR_OK);
}

static void test_migration_down__one__reverts_the_newest(void **state)
{
    struct db *db = db_of(state);
    int reverted = 0;
    apply_two(db);
    assert_int_equal(migration_down(db, two, COUNT(two), 1, &reverted), ERR_OK);
    assert_int_equal(reverted, 1);
    assert_int_equal(pg_int(db, "select sum(number) from schema_migrations"), 1);
    assert_int_equal(tables(db), 1);
    assert_int_equal(migration_check(db, two, COUNT(two)), ERR_CONFLICT);
    assert_int_equal(migration_down(db, two, COUNT(two), 5, &reverted), ERR_OK);
    assert_int_equal(reverted, 1);
}

static void test_migration_up__changed_text__is_a_conflict(void **state)
{
    struct db *db = db_of(state);
    int applied = -1;
    int failed = 0;
    apply_two(db);
    assert_int_equal(migration_up(db, one_changed, COUNT(one_changed), &applied, &failed),
                     ERR_CONFLICT);
    assert_int_equal(failed, 1);
    assert_int_equal(applied, -1);
    assert_int_equal(migration_check(db, one_changed, COUNT(one_changed)), ERR_CONFLICT);
}

static void test_migration_up__database_is_newer__is_a_conflict(void **state)
{
    struct db *db = db_of(state);
    int applied = 0;
    int failed = 0;
    apply_two(db);
    assert_int_equal(migration_up(db, two, 2, &applied, &failed), ERR_CONFLICT);
    assert_int_equal(failed, 2);
    assert_int_equal(migration_check(db, two, 2), ERR_CONFLICT);
}

static void test_migration_up__second_fails__keeps_the_first_only(void **state)
{
    struct db *db = db_of(state);
    int applied = -1;
    int failed = 0;
    assert_int_equal(migration_up(db, second_fails, COUNT(second_fails), &applied, &failed),
                     ERR_INTERNAL);
    assert_int_equal(failed, 2);
    assert_int_equal(applied, -1);
    assert_non_null(strstr(db_error(db), "42601"));
    assert_int_equal(tables(db), 1);
    assert_int_equal(pg_int(db, "select sum(number) from schema_migrations"), 1);
    /* put right, it goes on from there */
    assert_int_equal(migration_up(db, two, COUNT(two), &applied, &failed), ERR_OK);
    assert_int_equal(applied, 1);
}

static void test_migration_up__after_failure__holds_no_lock_and_no_setting(void **state)
{
    struct db *db = db_of(state);
    int applied = 0;
    int failed = 0;
    assert_int_equal(migration_up(db, second_fails, COUNT(second_fails), &applied, &failed),
                     ERR_INTERNAL);
    assert_int_equal(pg_int(db, "select count(*) from pg_locks where locktype = 'advisory'"), 0);
    assert_int_equal(
        pg_int(db, "select setting::integer from pg_settings where name = 'statement_timeout'"),
        30000);
}

static void test_migration_up__files_that_do_not_pair__are_internal(void **state)
{
    static const struct asset no_up[] = {{"migrations/0001_a.down.sql", ""}};
    static const struct asset gap[] = {{"migrations/0002_a.down.sql", ""},
                                       {"migrations/0002_a.up.sql", ""}};
    static const struct asset other_name[] = {{"migrations/0001_a.down.sql", ""},
                                              {"migrations/0001_b.up.sql", ""}};
    struct db *db = db_of(state);
    int applied = 0;
    int failed = 0;
    assert_int_equal(migration_up(db, no_up, COUNT(no_up), &applied, &failed), ERR_INTERNAL);
    assert_int_equal(migration_up(db, gap, COUNT(gap), &applied, &failed), ERR_INTERNAL);
    assert_int_equal(migration_up(db, other_name, COUNT(other_name), &applied, &failed),
                     ERR_INTERNAL);
}

enum { RUNNERS = 4 };

struct runner {
    pthread_t thread;
    const char *url;
    enum err err;
    int applied;
};

static void *run(void *arg)
{
    struct runner *runner = arg;
    struct db *db = NULL;
    int failed = 0;
    runner->err = db_connect(runner->url, "runner", &db);
    if (runner->err == ERR_OK)
        runner->err = migration_up(db, two, COUNT(two), &runner->applied, &failed);
    db_close(db);
    return NULL;
}

static void test_migration_up__several_runners__one_wins(void **state)
{
    struct pg_fixture *fixture = *state;
    struct runner runners[RUNNERS];
    for (int i = 0; i < RUNNERS; i++) {
        runners[i] = (struct runner){.url = fixture->url};
        assert_int_equal(pthread_create(&runners[i].thread, NULL, run, &runners[i]), 0);
    }
    int winners = 0;
    int idle = 0;
    for (int i = 0; i < RUNNERS; i++) {
        pthread_join(runners[i].thread, NULL);
        winners += runners[i].err == ERR_OK && runners[i].applied == 2;
        idle += runners[i].err == ERR_OK && runners[i].applied == 0;
    }
    assert_int_equal(winners, 1);
    assert_int_equal(idle, RUNNERS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_db_migrate_up__embedded__applies_once, empty),
        cmocka_unit_test_setup(test_db_migrate_down__embedded__leaves_nothing_and_comes_back,
                               empty),
        cmocka_unit_test_setup(test_migration_up__two__records_them, empty),
        cmocka_unit_test_setup(test_migration_down__one__reverts_the_newest, empty),
        cmocka_unit_test_setup(test_migration_up__changed_text__is_a_conflict, empty),
        cmocka_unit_test_setup(test_migration_up__database_is_newer__is_a_conflict, empty),
        cmocka_unit_test_setup(test_migration_up__second_fails__keeps_the_first_only, empty),
        cmocka_unit_test_setup(test_migration_up__after_failure__holds_no_lock_and_no_setting,
                               empty),
        cmocka_unit_test_setup(test_migration_up__files_that_do_not_pair__are_internal, empty),
        cmocka_unit_test_setup(test_migration_up__several_runners__one_wins, empty),
    };
    return cmocka_run_group_tests_name("db migrate", tests, pg_fixture_setup_empty,
                                       pg_fixture_teardown);
}
