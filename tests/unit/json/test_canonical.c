#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "json/canonical.h"
#include "json/doc.h"
#include "json/parse.h"

static void assert_canonical(const char *text, const char *expected)
{
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    print_message("%s\n", text);
    assert_int_equal(parse_json(text, strlen(text), 32, &json, &fault), ERR_OK);
    AUTO_BUF struct buf out;
    buf_init(&out, CANONICAL_MAX_BYTES);
    assert_int_equal(canonical_put(&out, json), ERR_OK);
    assert_string_equal(buf_text(&out), expected);
}

static void test_canonical_put__numbers__have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"[1, 1.0, 1e0, 10e-1, 0.1e1]", "[1,1,1,1,1]"},
        {"[0, 0.0, -0.0, -0]", "[0,0,0,0]"},
        {"[-7, -7.00, -70e-1]", "[-7,-7,-7]"},
        {"[9007199254740992, 9007199254740992.0]", "[9007199254740992,9007199254740992]"},
        {"[1e18, 1000000000000000000]", "[1000000000000000000,1000000000000000000]"},
        {"[9223372036854775807, -9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"[0.1, 0.10, 1e-1, 12.5, 0.30000000000000004]", "[0.1,0.1,0.1,12.5,0.30000000000000004]"},
        {"[1e20, 100000000000000000000.0, 1.5e300]", "[1e+20,1e+20,1.5e+300]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_canonical(cases[i].text, cases[i].expected);
}

static void test_canonical_put__names__are_sorted_bytewise(void **state)
{
    (void)state;
    assert_canonical("{ \"b\" : 1, \"a\" : 2, \"B\" : 3, \"aa\" : 4, \"\" : 5 }",
                     "{\"\":5,\"B\":3,\"a\":2,\"aa\":4,\"b\":1}");
    /* U+FF5E is above the surrogates of U+1F600 in UTF-16, below it in UTF-8. */
    assert_canonical("{\"\\ud83d\\ude00\":1,\"\\uff5e\":2,\"z\":3}",
                     "{\"z\":3,\"\xef\xbd\x9e\":2,\"\xf0\x9f\x98\x80\":1}");
    assert_canonical("[{\"b\":{\"d\":1,\"c\":[{\"y\":1,\"x\":2}]},\"a\":1}]",
                     "[{\"a\":1,\"b\":{\"c\":[{\"x\":2,\"y\":1}],\"d\":1}}]");
}

static void test_canonical_put__strings__have_one_escape_form(void **state)
{
    (void)state;
    assert_canonical("[\"\\u0041\\/\\u00e9\\u000a\\u001F\\\"\"]", "[\"A/\xc3\xa9\\n\\u001f\\\"\"]");
    assert_canonical("{\"\\u0061\":\"x\"}", "{\"a\":\"x\"}");
}

static void test_canonical_put__literals_and_empty__are_kept(void **state)
{
    (void)state;
    assert_canonical("[true, false, null, {}, [], \"\"]", "[true,false,null,{},[],\"\"]");
}

static void test_canonical_put__many_members__are_sorted_too(void **state)
{
    (void)state;
    AUTO_BUF struct buf text;
    AUTO_BUF struct buf expected;
    buf_init(&text, 10000);
    buf_init(&expected, 10000);
    for (int i = 0; i < 100; i++) {
        buf_printf(&text, "%c\"k%02d\":%d", i > 0 ? ',' : '{', i * 37 % 100, i);
        buf_printf(&expected, "%c\"k%02d\":%d", i > 0 ? ',' : '{', i, i * 73 % 100);
    }
    buf_putc(&text, '}');
    buf_putc(&expected, '}');
    assert_canonical(buf_text(&text), buf_text(&expected));
}

static void test_canonical_put__its_own_output__does_not_change(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"a\":[1,0.1,1e+20,\"\\u001f\\n\"],\"b\":{\"c\":null,\"d\":-3}}",
        "[5e-324,1.7976931348623157e+308,2.2250738585072014e-308]",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_JSON json_t *json = NULL;
        struct fault fault;
        assert_int_equal(parse_json(cases[i], strlen(cases[i]), 32, &json, &fault), ERR_OK);
        AUTO_BUF struct buf once;
        buf_init(&once, 1000);
        assert_int_equal(canonical_put(&once, json), ERR_OK);
        assert_canonical(buf_text(&once), buf_text(&once));
    }
}

static void test_canonical_put_members__top_level_null__is_omitted(void **state)
{
    (void)state;
    const char *text = "{\"b\":null,\"a\":{\"c\":null},\"d\":[null]}";
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    assert_int_equal(parse_json(text, strlen(text), 32, &json, &fault), ERR_OK);
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(canonical_put_members(&out, json), ERR_OK);
    assert_string_equal(buf_text(&out), "{\"a\":{\"c\":null},\"d\":[null]}");
}

static void test_canonical_put__no_room__is_too_large(void **state)
{
    (void)state;
    const char *text = "{\"a\":\"0123456789\"}";
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    assert_int_equal(parse_json(text, strlen(text), 32, &json, &fault), ERR_OK);
    AUTO_BUF struct buf out;
    buf_init(&out, 10);
    assert_int_equal(canonical_put(&out, json), ERR_TOO_LARGE);
}

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_canonical_put__numbers__have_one_form),
        unit(test_canonical_put__names__are_sorted_bytewise),
        unit(test_canonical_put__strings__have_one_escape_form),
        unit(test_canonical_put__literals_and_empty__are_kept),
        unit(test_canonical_put__many_members__are_sorted_too),
        unit(test_canonical_put__its_own_output__does_not_change),
        unit(test_canonical_put_members__top_level_null__is_omitted),
        unit(test_canonical_put__no_room__is_too_large),
    };
    return cmocka_run_group_tests_name("json/canonical", tests, NULL, NULL);
}
