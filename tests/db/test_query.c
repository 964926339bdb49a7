/* Parameters and results in binary form, errors, transactions, pipelines and streams against a
 * real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/pool.h"
#include "db/query.h"
#include "db/sqlstate.h"
#include "pg_fixture.h"

static struct db *db_of(void **state)
{
    return ((struct pg_fixture *)*state)->db;
}

static struct db_result *query(struct db *db, const struct db_sql *sql, struct db_args *args)
{
    struct db_result *result = NULL;
    if (db_query(db, sql, args, &result) != ERR_OK)
        fail_msg("%s", db_error(db));
    return result;
}

#define SQL(sql_name, sql_text) (&(const struct db_sql){.name = (sql_name), .text = (sql_text)})

/* Makes the server close the connection. */
static void kill_connection(void **state, struct db *victim)
{
    struct pg_fixture *fixture = *state;
    int64_t pid = pg_int(victim, "select pg_backend_pid()");
    struct db *killer = NULL;
    assert_int_equal(db_connect(fixture->url, "killer", &killer), ERR_OK);
    struct db_args *args = db_args_new();
    db_arg_int32(args, (int32_t)pid);
    /* waits until it is gone, at most 10 s */
    struct db_result *result =
        query(killer, SQL("kill", "select pg_terminate_backend($1, 10000)"), args);
    assert_true(db_bool(result, 0, 0));
    db_result_free(result);
    db_close(killer);
}

static void test_scalars__sent_and_returned__are_equal(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, "Grüße");
    db_arg_int(args, INT64_MIN);
    db_arg_int32(args, -7);
    db_arg_bool(args, true);
    db_arg_date(args, date_from_civil(1999, 12, 31));
    db_arg_instant(args, (struct instant){INT64_C(1704067200000001)});
    db_arg_bytes(args, "\0\xff", 2);
    struct db_result *result =
        query(db_of(state), SQL("scalars", "select $1, $2, $3, $4, $5, $6, $7"), args);

    assert_int_equal(db_rows(result), 1);
    assert_string_equal(db_text(result, 0, 0), "Grüße");
    assert_int_equal(db_len(result, 0, 0), strlen("Grüße"));
    assert_true(db_int(result, 0, 1) == INT64_MIN);
    assert_int_equal(db_int(result, 0, 2), -7);
    assert_true(db_bool(result, 0, 3));
    assert_int_equal(db_date(result, 0, 4), date_from_civil(1999, 12, 31));
    assert_true(db_instant(result, 0, 5).us == INT64_C(1704067200000001));
    assert_int_equal(db_len(result, 0, 6), 2);
    assert_memory_equal(db_text(result, 0, 6), "\0\xff", 2);
    db_result_free(result);
}

static void test_scalars__sent__mean_the_same_to_the_server(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_date(args, date_from_civil(2024, 2, 29));
    db_arg_instant(args, (struct instant){INT64_C(1709164800123456)});
    struct db_result *result =
        query(db_of(state), SQL("meaning", "select ($1)::text, ($2)::text"), args);
    assert_string_equal(db_text(result, 0, 0), "2024-02-29");
    assert_string_equal(db_text(result, 0, 1), "2024-02-29 00:00:00.123456+00");
    db_result_free(result);
}

static void test_nulls__sent_and_returned__are_null(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, NULL);
    db_arg_instant(args, INSTANT_NEVER);
    db_arg_bytes(args, NULL, 0);
    struct db_result *result =
        query(db_of(state), SQL("nulls", "select $1, $2, $3, null::bigint, ''"), args);
    assert_true(db_is_null(result, 0, 0));
    assert_null(db_text(result, 0, 0));
    assert_true(instant_is_never(db_instant(result, 0, 1)));
    assert_true(db_is_null(result, 0, 2));
    assert_int_equal(db_int(result, 0, 3), 0);
    assert_false(db_is_null(result, 0, 4));
    assert_string_equal(db_text(result, 0, 4), "");
    db_result_free(result);
}

static void test_integers__of_every_width__are_read(void **state)
{
    struct db_result *result =
        query(db_of(state), SQL("widths", "select -2::smallint, -3::integer, -4::bigint"), NULL);
    assert_int_equal(db_int(result, 0, 0), -2);
    assert_int_equal(db_int(result, 0, 1), -3);
    assert_int_equal(db_int(result, 0, 2), -4);
    db_result_free(result);
}

static void test_arrays__of_every_type__reach_the_server(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_array(args, DB_TEXTS);
    db_add_text(args, "a");
    db_add_text(args, NULL);
    db_add_text_len(args, "xyz", 1);
    db_arg_array(args, DB_INTS);
    db_add_int(args, INT64_MAX);
    db_add_int(args, -1);
    db_arg_array(args, DB_INT32S);
    db_add_int32(args, 5);
    db_arg_array(args, DB_BOOLS);
    db_add_bool(args, true);
    db_add_bool(args, false);
    db_arg_array(args, DB_DATES);
    db_add_date(args, 0);
    db_arg_array(args, DB_INSTANTS);
    db_add_instant(args, (struct instant){1});
    db_add_instant(args, INSTANT_NEVER);
    db_arg_array(args, DB_BYTEAS);
    db_add_bytes(args, "\x01\x02", 2);
    db_add_bytes(args, NULL, 0);
    db_arg_array(args, DB_TEXTS);
    struct db_result *result =
        query(db_of(state),
              SQL("arrays",
                  "select ($1)::text, ($2)::text, ($3)::text, ($4)::text, ($5)::text, ($6)::text,"
                  " ($7)::text, ($8)::text"),
              args);
    assert_string_equal(db_text(result, 0, 0), "{a,NULL,x}");
    assert_string_equal(db_text(result, 0, 1), "{9223372036854775807,-1}");
    assert_string_equal(db_text(result, 0, 2), "{5}");
    assert_string_equal(db_text(result, 0, 3), "{t,f}");
    assert_string_equal(db_text(result, 0, 4), "{1970-01-01}");
    assert_string_equal(db_text(result, 0, 5), "{\"1970-01-01 00:00:00.000001+00\",NULL}");
    assert_string_equal(db_text(result, 0, 6), "{\"\\\\x0102\",NULL}");
    assert_string_equal(db_text(result, 0, 7), "{}");
    db_result_free(result);
}

static void test_db_ints__array__is_read_up_to_max(void **state)
{
    struct db_result *result = query(
        db_of(state),
        SQL("ints",
            "select array[1, -2, 9223372036854775807]::bigint[], '{}'::bigint[], null::bigint[]"),
        NULL);
    int64_t values[3] = {0};
    assert_int_equal(db_ints(result, 0, 0, values, 2), 3);
    assert_int_equal(values[0], 1);
    assert_int_equal(values[1], -2);
    assert_int_equal(values[2], 0);
    assert_int_equal(db_ints(result, 0, 0, values, 3), 3);
    assert_true(values[2] == INT64_MAX);
    assert_int_equal(db_ints(result, 0, 1, values, 3), 0);
    assert_int_equal(db_ints(result, 0, 2, values, 3), 0);
    db_result_free(result);
}

static void test_db_texts_at__array__gives_each_element(void **state)
{
    struct db_result *result =
        query(db_of(state), SQL("texts", "select array['one', null, '', 'four']"), NULL);
    const char *text = "";
    size_t len = 0;
    assert_true(db_texts_at(result, 0, 0, 3, &text, &len));
    assert_int_equal(len, 4);
    assert_memory_equal(text, "four", 4);
    assert_true(db_texts_at(result, 0, 0, 2, &text, &len));
    assert_int_equal(len, 0);
    assert_non_null(text);
    assert_true(db_texts_at(result, 0, 0, 1, &text, &len));
    assert_null(text);
    assert_false(db_texts_at(result, 0, 0, 4, &text, &len));
    db_result_free(result);
}

static void test_db_query__same_statement_again__is_prepared_once(void **state)
{
    struct db *db = db_of(state);
    for (int i = 0; i < 3; i++)
        db_result_free(query(db, SQL("again", "select 1"), NULL));
    assert_int_equal(pg_int(db, "select count(*) from pg_prepared_statements where name = 'again'"),
                     1);
}

static void test_db_query__other_parameter_types__is_internal(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_int(args, 1);
    db_result_free(query(db_of(state), SQL("typed", "select $1"), args));
    args = db_args_new();
    db_arg_text(args, "1");
    assert_int_equal(db_query(db_of(state), SQL("typed", "select $1"), args, NULL), ERR_INTERNAL);
}

static void test_db_query__parameters_missing__is_nomem(void **state)
{
    assert_int_equal(db_query(db_of(state), SQL("missing", "select $1::text"), NULL, NULL),
                     ERR_NOMEM);
}

struct failure {
    const char *name;
    const char *text;
    enum err err;
    const char *sqlstate;
};

static const struct failure failures[] = {
    {"division", "select 1 / 0", ERR_REFUSED, "22012"},
    {"check", "insert into failing values (0)", ERR_REFUSED, "23514"},
    {"abort", "do $$ begin raise sqlstate '40001'; end $$", ERR_TRANSIENT, "40001"},
    {"full", "do $$ begin raise sqlstate '53100'; end $$", ERR_UNAVAILABLE, "53100"},
    {"cancelled", "do $$ begin raise sqlstate '57014'; end $$", ERR_UNAVAILABLE, "57014"},
    {"syntax", "selekt", ERR_INTERNAL, "42601"},
    {"no table", "select * from nowhere", ERR_INTERNAL, "42P01"},
};

static void test_db_query__failures__are_decisions(void **state)
{
    struct db *db = db_of(state);
    pg_run(db, "create table failing (n integer check (n > 0))");
    int wrong = 0;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure *want = &failures[i];
        enum err err = db_query(db, SQL(want->name, want->text), NULL, NULL);
        if (err == want->err && strstr(db_error(db), want->sqlstate) != NULL)
            continue;
        print_error("%s: %d, %s\n", want->name, (int)err, db_error(db));
        wrong++;
    }
    assert_int_equal(wrong, 0);
    pg_run(db, "drop table failing");
}

static void test_db_error__refused_parameter__is_not_quoted(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, "secret");
    assert_int_equal(db_query(db_of(state), SQL("secret", "select ($1)::integer"), args, NULL),
                     ERR_REFUSED);
    assert_non_null(strstr(db_error(db_of(state)), "22P02"));
    assert_null(strstr(db_error(db_of(state)), "secret\""));
}

static void test_db_query__invalid_utf8__is_refused(void **state)
{
    struct db_args *args = db_args_new();
    db_arg_text(args, "\xff");
    assert_int_equal(db_query(db_of(state), SQL("utf8", "select $1::text"), args, NULL),
                     ERR_REFUSED);
}

static void test_sqlstate_err__connection_lost__is_transient(void **state)
{
    (void)state;
    assert_int_equal(sqlstate_err(NULL), ERR_TRANSIENT);
    assert_int_equal(sqlstate_err("08006"), ERR_UNAVAILABLE);
    assert_int_equal(sqlstate_err("08P01"), ERR_INTERNAL);
}

static void test_db_query__schema_changed_under_a_statement__recovers(void **state)
{
    struct pg_fixture *fixture = *state;
    struct db *db = NULL;
    assert_int_equal(db_connect(fixture->url, "stale", &db), ERR_OK);
    pg_run(fixture->db, "create table changing (a integer)");
    db_result_free(query(db, SQL("changing", "select * from changing"), NULL));
    pg_run(fixture->db, "alter table changing add b integer");

    assert_int_equal(db_query(db, SQL("changing", "select * from changing"), NULL, NULL),
                     ERR_TRANSIENT);
    assert_int_equal(db_reconnect(db), ERR_OK);
    db_result_free(query(db, SQL("changing", "select * from changing"), NULL));
    pg_run(fixture->db, "drop table changing");
    db_close(db);
}

static void test_db_commit__after_work__keeps_it(void **state)
{
    struct db *db = db_of(state);
    pg_run(db, "create table kept (n integer)");
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    pg_run(db, "insert into kept values (1)");
    assert_int_equal(db_commit(db), ERR_OK);
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    pg_run(db, "insert into kept values (2)");
    db_rollback(db);
    assert_int_equal(pg_int(db, "select sum(n) from kept"), 1);
    pg_run(db, "drop table kept");
}

static void test_db_commit__of_a_failed_transaction__is_internal(void **state)
{
    struct db *db = db_of(state);
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    assert_int_equal(db_query(db, SQL("fails", "select 1 / 0"), NULL, NULL), ERR_REFUSED);
    assert_int_equal(db_commit(db), ERR_INTERNAL);
    assert_int_equal(pg_int(db, "select 1"), 1);
}

static void test_db_commit__connection_lost__is_unavailable(void **state)
{
    struct pg_fixture *fixture = *state;
    struct db *db = NULL;
    assert_int_equal(db_connect(fixture->url, "victim", &db), ERR_OK);
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    kill_connection(state, db);
    assert_int_equal(db_commit(db), ERR_UNAVAILABLE);
    assert_int_equal(db_query(db, SQL("one", "select 1"), NULL, NULL), ERR_UNAVAILABLE);
    assert_int_equal(db_reconnect(db), ERR_OK);
    assert_int_equal(pg_int(db, "select 1"), 1);
    db_close(db);
}

static void test_db_begin__snapshot__is_read_only(void **state)
{
    struct db *db = db_of(state);
    assert_int_equal(db_begin(db, DB_SNAPSHOT), ERR_OK);
    assert_int_equal(db_query(db, SQL("write", "create table written (n integer)"), NULL, NULL),
                     ERR_UNAVAILABLE);
    assert_non_null(strstr(db_error(db), "25006"));
    db_rollback(db);
}

static void test_session__settings__are_ours(void **state)
{
    struct db *db = db_of(state);
    struct db_result *result =
        query(db,
              SQL("settings",
                  "select current_setting('TimeZone'), current_setting('client_encoding'),"
                  " current_setting('statement_timeout'), current_setting('application_name')"),
              NULL);
    assert_string_equal(db_text(result, 0, 0), "UTC");
    assert_string_equal(db_text(result, 0, 1), "UTF8");
    assert_string_equal(db_text(result, 0, 2), "30s");
    assert_string_equal(db_text(result, 0, 3), "windvane test");
    db_result_free(result);
}

static void test_db_statement_timeout__too_slow__is_unavailable(void **state)
{
    struct db *db = db_of(state);
    assert_int_equal(db_statement_timeout(db, 10), ERR_OK);
    assert_int_equal(db_query(db, SQL("slow", "select pg_sleep(60)"), NULL, NULL), ERR_UNAVAILABLE);
    assert_int_equal(db_statement_timeout(db, 30000), ERR_OK);
}

static struct db_args *int_arg(int64_t value)
{
    struct db_args *args = db_args_new();
    db_arg_int(args, value);
    return args;
}

static void test_db_pipeline_run__several_statements__give_results_in_order(void **state)
{
    struct db *db = db_of(state);
    const struct db_sql *twice = SQL("twice", "select $1 * 2");
    struct db_result *results[3];
    assert_int_equal(db_pipeline_add(db, twice, int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, SQL("half", "select $1 / 2"), int_arg(8)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, twice, int_arg(3)), ERR_OK);
    assert_int_equal(db_pipeline_run(db, results), ERR_OK);
    assert_int_equal(db_int(results[0], 0, 0), 2);
    assert_int_equal(db_int(results[1], 0, 0), 4);
    assert_int_equal(db_int(results[2], 0, 0), 6);
    for (int i = 0; i < 3; i++)
        db_result_free(results[i]);
}

static void test_db_pipeline_run__nothing_added__is_ok(void **state)
{
    assert_int_equal(db_pipeline_run(db_of(state), NULL), ERR_OK);
}

static void test_db_pipeline_run__one_fails__undoes_all_and_recovers(void **state)
{
    struct db *db = db_of(state);
    pg_run(db, "create table piped (n bigint check (n > 0))");
    const struct db_sql *insert = SQL("piped", "insert into piped values ($1)");
    assert_int_equal(db_begin(db, DB_READ_COMMITTED), ERR_OK);
    assert_int_equal(db_pipeline_add(db, insert, int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, insert, int_arg(0)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, insert, int_arg(2)), ERR_OK);
    struct db_result *results[3] = {NULL};
    assert_int_equal(db_pipeline_run(db, results), ERR_REFUSED);
    assert_null(results[0]);
    assert_non_null(strstr(db_error(db), "23514"));
    db_rollback(db);

    assert_int_equal(db_pipeline_add(db, insert, int_arg(3)), ERR_OK);
    assert_int_equal(db_pipeline_run(db, NULL), ERR_OK);
    assert_int_equal(pg_int(db, "select sum(n)::bigint from piped"), 3);
    pg_run(db, "drop table piped");
}

static void test_db_pipeline_run__statement_that_cannot_be_prepared__sends_nothing(void **state)
{
    struct db *db = db_of(state);
    pg_run(db, "create table unsent (n bigint)");
    assert_int_equal(
        db_pipeline_add(db, SQL("unsent", "insert into unsent values ($1)"), int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, SQL("wrong", "selekt"), NULL), ERR_OK);
    assert_int_equal(db_pipeline_run(db, NULL), ERR_INTERNAL);
    assert_int_equal(pg_int(db, "select count(*) from unsent"), 0);
    pg_run(db, "drop table unsent");
}

static void test_db_pipeline_run__connection_lost__ends_and_reconnects(void **state)
{
    struct pg_fixture *fixture = *state;
    struct db *db = NULL;
    assert_int_equal(db_connect(fixture->url, "victim", &db), ERR_OK);
    const struct db_sql *die =
        SQL("die", "select pg_terminate_backend(pg_backend_pid()), pg_sleep(60), $1");
    assert_int_equal(db_pipeline_add(db, SQL("first", "select $1"), int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, die, int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_add(db, SQL("last", "select $1"), int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_run(db, NULL), ERR_UNAVAILABLE);
    db_rollback(db);
    assert_int_equal(db_reconnect(db), ERR_OK);
    assert_int_equal(db_pipeline_add(db, SQL("first", "select $1"), int_arg(1)), ERR_OK);
    assert_int_equal(db_pipeline_run(db, NULL), ERR_OK);
    db_close(db);
}

static void test_db_pipeline_run__more_than_the_sockets_hold_both_ways__ends(void **state)
{
    struct db *db = db_of(state);
    enum { STEPS = 48, SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    assert_non_null(text);
    memset(text, 'x', SIZE);
    const struct db_sql *echo = SQL("echo", "select $1");
    for (int i = 0; i < STEPS; i++) {
        struct db_args *args = db_args_new();
        db_arg_text_len(args, text, SIZE);
        assert_int_equal(db_pipeline_add(db, echo, args), ERR_OK);
    }
    struct db_result *results[STEPS];
    assert_int_equal(db_pipeline_run(db, results), ERR_OK);
    for (int i = 0; i < STEPS; i++) {
        assert_int_equal(db_len(results[i], 0, 0), SIZE);
        db_result_free(results[i]);
    }
    free(text);
}

static void test_db_rollback__statements_added__drops_them(void **state)
{
    struct db *db = db_of(state);
    assert_int_equal(db_pipeline_add(db, SQL("never run", "select 1 / $1"), int_arg(0)), ERR_OK);
    db_rollback(db);
    assert_int_equal(db_pipeline_run(db, NULL), ERR_OK);
}

struct sum {
    int64_t rows;
    int64_t total;
    int64_t stop_after; /* rows; then ERR_TOO_LARGE */
};

static enum err add_row(void *arg, const struct db_result *result)
{
    struct sum *sum = arg;
    sum->rows++;
    sum->total += db_int(result, 0, 0);
    return sum->rows == sum->stop_after ? ERR_TOO_LARGE : ERR_OK;
}

static void test_db_stream__many_rows__calls_for_each(void **state)
{
    struct sum sum = {0};
    assert_int_equal(db_stream(db_of(state), SQL("stream", "select generate_series(1, $1)"),
                               int_arg(10000), add_row, &sum),
                     ERR_OK);
    assert_int_equal(sum.rows, 10000);
    assert_int_equal(sum.total, 50005000);
}

static void test_db_stream__row_fails__ends_the_query(void **state)
{
    struct db *db = db_of(state);
    struct sum sum = {.stop_after = 3};
    assert_int_equal(db_stream(db, SQL("stream", "select generate_series(1, $1)"),
                               int_arg(INT64_C(1) << 60), add_row, &sum),
                     ERR_TOO_LARGE);
    assert_int_equal(sum.rows, 3);
    assert_int_equal(pg_int(db, "select 1"), 1);
}

static void test_db_stream__query_fails_midway__is_its_error(void **state)
{
    struct db *db = db_of(state);
    struct sum sum = {0};
    assert_int_equal(db_stream(db,
                               SQL("midway", "select 100 / ($1 - n) from generate_series(1, $1) n"),
                               int_arg(50), add_row, &sum),
                     ERR_REFUSED);
    assert_int_equal(sum.rows, 49);
    assert_int_equal(pg_int(db, "select 1"), 1);
}

static void test_db_url_check__urls__are_told_apart(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_int_equal(db_url_check("postgresql://u:p@h:5432/d?sslmode=require", &why), ERR_OK);
    assert_null(why);
    assert_int_equal(db_url_check("", &why), ERR_INVALID);
    assert_non_null(why);
    assert_int_equal(db_url_check("postgresql://u:topsecret@h:5432/d?nonsense=1", &why),
                     ERR_INVALID);
    assert_null(strstr(why, "topsecret"));
}

static void test_db_connect__nobody_listens__is_unavailable(void **state)
{
    (void)state;
    struct db *db = NULL;
    assert_int_equal(db_connect("postgresql://nobody@/d?host=/nonexistent", "test", &db),
                     ERR_UNAVAILABLE);
    assert_null(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars__sent_and_returned__are_equal),
        cmocka_unit_test(test_scalars__sent__mean_the_same_to_the_server),
        cmocka_unit_test(test_nulls__sent_and_returned__are_null),
        cmocka_unit_test(test_integers__of_every_width__are_read),
        cmocka_unit_test(test_arrays__of_every_type__reach_the_server),
        cmocka_unit_test(test_db_ints__array__is_read_up_to_max),
        cmocka_unit_test(test_db_texts_at__array__gives_each_element),
        cmocka_unit_test(test_db_query__same_statement_again__is_prepared_once),
        cmocka_unit_test(test_db_query__other_parameter_types__is_internal),
        cmocka_unit_test(test_db_query__parameters_missing__is_nomem),
        cmocka_unit_test(test_db_query__failures__are_decisions),
        cmocka_unit_test(test_db_error__refused_parameter__is_not_quoted),
        cmocka_unit_test(test_db_query__invalid_utf8__is_refused),
        cmocka_unit_test(test_sqlstate_err__connection_lost__is_transient),
        cmocka_unit_test(test_db_query__schema_changed_under_a_statement__recovers),
        cmocka_unit_test(test_db_commit__after_work__keeps_it),
        cmocka_unit_test(test_db_commit__of_a_failed_transaction__is_internal),
        cmocka_unit_test(test_db_commit__connection_lost__is_unavailable),
        cmocka_unit_test(test_db_begin__snapshot__is_read_only),
        cmocka_unit_test(test_session__settings__are_ours),
        cmocka_unit_test(test_db_statement_timeout__too_slow__is_unavailable),
        cmocka_unit_test(test_db_pipeline_run__several_statements__give_results_in_order),
        cmocka_unit_test(test_db_pipeline_run__nothing_added__is_ok),
        cmocka_unit_test(test_db_pipeline_run__one_fails__undoes_all_and_recovers),
        cmocka_unit_test(test_db_pipeline_run__statement_that_cannot_be_prepared__sends_nothing),
        cmocka_unit_test(test_db_pipeline_run__connection_lost__ends_and_reconnects),
        cmocka_unit_test(test_db_pipeline_run__more_than_the_sockets_hold_both_ways__ends),
        cmocka_unit_test(test_db_rollback__statements_added__drops_them),
        cmocka_unit_test(test_db_stream__many_rows__calls_for_each),
        cmocka_unit_test(test_db_stream__row_fails__ends_the_query),
        cmocka_unit_test(test_db_stream__query_fails_midway__is_its_error),
        cmocka_unit_test(test_db_url_check__urls__are_told_apart),
        cmocka_unit_test(test_db_connect__nobody_listens__is_unavailable),
    };
    return cmocka_run_group_tests_name("db query", tests, pg_fixture_setup_empty,
                                       pg_fixture_teardown);
}
