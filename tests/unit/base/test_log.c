#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Standard error goes into a pipe while a line is logged; what came is in `logged`. */
static char logged[16384];
static int saved_stderr;
static int pipe_out;

static void capture(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    pipe_out = ends[0];
}

static void release(void)
{
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0); /* closes the pipe's last writing end */
    close(saved_stderr);
    size_t len = 0;
    for (;;) {
        ssize_t got = read(pipe_out, logged + len, sizeof logged - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    logged[len] = '\0';
    close(pipe_out);
}

static int start_clock(void **state)
{
    (void)state;
    clock_start_at((struct instant){INT64_C(1704074400000000)});
    return 0;
}

static void test_log_line__with_detail__is_one_json_object(void **state)
{
    (void)state;
    capture();
    log_line(LOG_WARN, "database is away", "try %d of %s", 2, "\"many\"\n");
    release();
    assert_memory_equal(logged, "{\"ts\":\"2024-01-01T02:00:0", 25);
    const char *rest = strstr(logged, ",\"level\"");
    assert_non_null(rest);
    assert_string_equal(rest, ",\"level\":\"warn\",\"msg\":\"database is away\","
                              "\"detail\":\"try 2 of \\\"many\\\"\\n\"}\n");
}

static void test_log_line__without_detail__has_no_such_member(void **state)
{
    (void)state;
    capture();
    log_line(LOG_INFO, "ready", NULL);
    release();
    assert_null(strstr(logged, "detail"));
    assert_non_null(strstr(logged, "\"msg\":\"ready\"}\n"));
}

static void test_log_line__below_the_level__writes_nothing(void **state)
{
    (void)state;
    capture();
    log_line(LOG_DEBUG, "hidden", NULL);
    log_set_level(LOG_DEBUG);
    log_line(LOG_DEBUG, "shown", NULL);
    log_set_level(LOG_ERROR);
    log_line(LOG_WARN, "hidden", NULL);
    log_set_level(LOG_INFO);
    release();
    assert_null(strstr(logged, "hidden"));
    assert_non_null(strstr(logged, "shown"));
}

static void test_log_line__detail_is_no_utf8__is_made_ascii(void **state)
{
    (void)state;
    capture();
    log_line(LOG_ERROR, "odd", "%s", "a\xff\x80z");
    release();
    assert_non_null(strstr(logged, "\"detail\":\"a??z\"}\n"));
}

static void test_log_line__very_long_detail__is_cut_and_closed(void **state)
{
    (void)state;
    char *text = malloc(5001);
    assert_non_null(text);
    memset(text, '"', 5000);
    text[5000] = '\0';
    capture();
    log_line(LOG_ERROR, "long", "%s", text);
    release();
    free(text);
    size_t len = strlen(logged);
    assert_true(len > 2000);
    assert_string_equal(logged + len - 5, "\\\"\"}\n");
}

#define unit cmocka_unit_test

static void test_log_limit__again_within_a_minute__is_not_allowed(void **state)
{
    (void)state;
    struct log_limit one = {0}, other = {0};
    assert_true(log_limit_allows(&one));
    assert_false(log_limit_allows(&one));
    assert_true(log_limit_allows(&other));
    one.next_ms = clock_monotonic_ms(); /* the minute is over */
    assert_true(log_limit_allows(&one));
    assert_false(log_limit_allows(&one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_log_line__with_detail__is_one_json_object),
        unit(test_log_line__without_detail__has_no_such_member),
        unit(test_log_line__below_the_level__writes_nothing),
        unit(test_log_line__detail_is_no_utf8__is_made_ascii),
        unit(test_log_line__very_long_detail__is_cut_and_closed),
        cmocka_unit_test(test_log_limit__again_within_a_minute__is_not_allowed),
    };
    return cmocka_run_group_tests_name("base/log", tests, start_clock, NULL);
}
