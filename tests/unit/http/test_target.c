/* Path and query of a request target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/target.h"

static void test_target__path_and_query__are_split_and_decoded(void **state)
{
    (void)state;
    struct target target;
    const char *why = NULL;
    assert_int_equal(
        target_parse(
            "/v1/stores/a%20b?as_of=2024-01-01T00:00:00%2B08:00&&q=x+y&flag&%E5%BA%97=1&e=",
            &target, &why),
        ERR_OK);
    assert_string_equal(target.path, "/v1/stores/a%20b");
    assert_int_equal(target.query_count, 5);
    assert_string_equal(target.query[0].name, "as_of");
    assert_string_equal(target.query[0].value, "2024-01-01T00:00:00+08:00");
    assert_string_equal(target.query[1].value, "x y");
    assert_string_equal(target.query[2].name, "flag");
    assert_string_equal(target.query[2].value, "");
    assert_string_equal(target.query[3].name, "\xE5\xBA\x97");
    assert_string_equal(target.query[4].value, "");
    target_done(&target);
}

static void test_target__absolute_form__gives_its_path(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"http://h:8080/livez?a=b", "/livez"},
                                          {"HTTPS://h/x", "/x"},
                                          {"http://h", "/"},
                                          {"http://h?a=b", "/"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target target;
        const char *why = NULL;
        if (target_parse(rows[i][0], &target, &why) != ERR_OK)
            fail_msg("%s: %s", rows[i][0], why);
        assert_string_equal(target.path, rows[i][1]);
        target_done(&target);
    }
}

static void test_target__plus_in_path__stays(void **state)
{
    (void)state;
    struct target target;
    const char *why = NULL;
    assert_int_equal(target_parse("/a+b", &target, &why), ERR_OK);
    assert_string_equal(target.path, "/a+b");
    target_done(&target);
}

static void test_target__malformed__is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",        "*",        "livez",     "/a b",    "/a%",         "/a%2",    "/a%2x",
        "/a%00b",  "/a%0ab",   "/a%7f",     "/a\tb",   "/a\x01",      "/a%ff",   "/a%c0%af",
        "/a\xff",  "/?a=%",    "/?a=%0",    "/?a=%zz", "/?a=%00",     "/?%00=a", "/?a=%ED%A0%80",
        "/?a=b c", "/?a=\x7f", "http//h/x", "/%E5%BA", "/?a=%E5&%BA",
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct target target;
        const char *why = NULL;
        if (target_parse(rows[i], &target, &why) != ERR_INVALID)
            fail_msg("passed: row %zu \"%s\"", i, rows[i]);
        assert_non_null(why);
    }
}

static void test_target__too_many_parameters__is_refused(void **state)
{
    (void)state;
    char raw[4 * (API_QUERY_MAX + 1) + 3] = "/?";
    struct target target;
    const char *why = NULL;
    for (size_t i = 0; i < API_QUERY_MAX; i++)
        memcpy(raw + 2 + 4 * i, "a=b&", 5);
    assert_int_equal(target_parse(raw, &target, &why), ERR_OK);
    assert_int_equal(target.query_count, API_QUERY_MAX);
    target_done(&target);
    memcpy(raw + 2 + 4 * API_QUERY_MAX, "a=b", 4);
    assert_int_equal(target_parse(raw, &target, &why), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target__path_and_query__are_split_and_decoded),
        cmocka_unit_test(test_target__absolute_form__gives_its_path),
        cmocka_unit_test(test_target__plus_in_path__stays),
        cmocka_unit_test(test_target__malformed__is_refused),
        cmocka_unit_test(test_target__too_many_parameters__is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
