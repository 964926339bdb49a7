/* Requests that two parsers could read differently are refused, all others pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/guard.h"

struct row {
    const char *name;
    const char *method;
    const char *version;
    struct {
        const char *name;
        const char *value;
    } headers[3];
};

#define HOST                                                                                       \
    {                                                                                              \
        "Host", "h"                                                                                \
    }

static const char *verdict_of(const struct row *row)
{
    struct guard guard = {0};
    for (size_t i = 0; i < 3 && row->headers[i].name != NULL; i++)
        guard_header(&guard, row->headers[i].name, strlen(row->headers[i].name),
                     row->headers[i].value, strlen(row->headers[i].value));
    return guard_verdict(&guard, row->method, row->version);
}

static void test_guard__sound_head__passes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"plain", "GET", "HTTP/1.1", {HOST}},
        {"length", "POST", "HTTP/1.1", {HOST, {"content-length", "4"}}},
        {"chunked", "POST", "HTTP/1.1", {HOST, {"Transfer-Encoding", "Chunked"}}},
        {"1.0 without Host", "GET", "HTTP/1.0", {{NULL, NULL}}},
        {"tab in a value", "GET", "HTTP/1.1", {HOST, {"X-A", "a\tb"}}},
        {"method of another resource", "PATCH", "HTTP/1.1", {HOST}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (verdict_of(&rows[i]) != NULL)
            fail_msg("%s: %s", rows[i].name, verdict_of(&rows[i]));
    }
}

static void test_guard__ambiguous_head__is_refused(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"two lengths",
         "POST",
         "HTTP/1.1",
         {HOST, {"Content-Length", "4"}, {"content-length", "4"}}},
        {"length and chunks",
         "POST",
         "HTTP/1.1",
         {HOST, {"Content-Length", "4"}, {"Transfer-Encoding", "chunked"}}},
        {"two codings",
         "POST",
         "HTTP/1.1",
         {HOST, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}},
        {"another coding", "POST", "HTTP/1.1", {HOST, {"Transfer-Encoding", "gzip, chunked"}}},
        {"padded coding", "POST", "HTTP/1.1", {HOST, {"Transfer-Encoding", "chunked "}}},
        {"chunks in 1.0", "POST", "HTTP/1.0", {HOST, {"Transfer-Encoding", "chunked"}}},
        {"blank before the colon", "POST", "HTTP/1.1", {HOST, {"Content-Length ", "4"}}},
        {"blank before the name", "POST", "HTTP/1.1", {HOST, {" Content-Length", "4"}}},
        {"empty name", "GET", "HTTP/1.1", {HOST, {"", "4"}}},
        {"bare CR in a value", "GET", "HTTP/1.1", {HOST, {"X-A", "a\rContent-Length: 4"}}},
        {"no Host", "GET", "HTTP/1.1", {{"X-A", "b"}}},
        {"two Hosts", "GET", "HTTP/1.1", {HOST, HOST}},
        {"two Hosts in 1.0", "GET", "HTTP/1.0", {HOST, HOST}},
        {"lower-case method", "get", "HTTP/1.1", {HOST}},
        {"unknown method", "BREW", "HTTP/1.1", {HOST}},
        {"empty method", "", "HTTP/1.1", {HOST}},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (verdict_of(&rows[i]) == NULL)
            fail_msg("passed: %s", rows[i].name);
    }
}

static void test_guard__value_with_nul__is_refused(void **state)
{
    (void)state;
    struct guard guard = {0};
    guard_header(&guard, "Host", 4, "a\0b", 3);
    assert_non_null(guard_verdict(&guard, "GET", "HTTP/1.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guard__sound_head__passes),
        cmocka_unit_test(test_guard__ambiguous_head__is_refused),
        cmocka_unit_test(test_guard__value_with_nul__is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
