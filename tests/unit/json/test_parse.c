#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "json/doc.h"
#include "json/parse.h"

static void test_parse_json__what_jansson_must_refuse__is_unparsable(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "1",
        "\"text\"",
        "null",
        "{",
        "{\"a\":1}}",
        "{\"a\":1} x",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":NaN}",
        "{\"a\":1e400}",
        "{\"a\":9223372036854775808}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
        "{\"a\":\"line\nbreak\"}",
        "\xef\xbb\xbf{}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = NULL;
        struct fault fault = {.pointer = "untouched"};
        print_message("%s\n", cases[i]);
        assert_int_equal(parse_json(cases[i], strlen(cases[i]), 32, &json, &fault), ERR_UNPARSABLE);
        assert_null(json);
        assert_string_equal(fault.pointer, "");
        assert_true(strlen(fault.detail) > 0);
    }
}

/* `depth` arrays in each other. */
static enum err parse_nested(size_t depth)
{
    char text[200];
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    json_t *json = NULL;
    struct fault fault;
    enum err err = parse_json(text, 2 * depth, 32, &json, &fault);
    json_decref(json);
    return err;
}

static void test_parse_json__depth__is_limited(void **state)
{
    (void)state;
    assert_int_equal(parse_nested(1), ERR_OK);
    assert_int_equal(parse_nested(32), ERR_OK);
    assert_int_equal(parse_nested(33), ERR_UNPARSABLE);
}

static void test_parse_json__brackets_in_strings__are_not_nesting(void **state)
{
    (void)state;
    const char *text = "[\"[[[[\\\"[[[[\",[],[],[\"\\\\\",[]]]";
    json_t *json = NULL;
    struct fault fault;
    assert_int_equal(parse_json(text, strlen(text), 3, &json, &fault), ERR_OK);
    json_decref(json);
    json = NULL;
    assert_int_equal(parse_json(text, strlen(text), 2, &json, &fault), ERR_UNPARSABLE);
}

static void test_member__null__is_absent(void **state)
{
    (void)state;
    const char *text = "{\"a\":null,\"b\":0}";
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    assert_int_equal(parse_json(text, strlen(text), 32, &json, &fault), ERR_OK);
    assert_null(member(json, "a"));
    assert_non_null(member(json, "b"));
    assert_null(member(json, "c"));
    assert_null(member(NULL, "a"));
}

static void test_whole_number__spellings_of_integers__are_read(void **state)
{
    (void)state;
    const char *text = "[1, 1.0, 1e0, 10e-1, -0.0, 9007199254740992.0, 1.5, 1e17, \"1\", true]";
    static const int64_t expected[] = {1, 1, 1, 1, 0, 9007199254740992};
    AUTO_JSON json_t *json = NULL;
    struct fault fault;
    assert_int_equal(parse_json(text, strlen(text), 32, &json, &fault), ERR_OK);
    for (size_t i = 0; i < json_array_size(json); i++) {
        int64_t value = 42;
        bool whole = whole_number(json_array_get(json, i), &value);
        print_message("element %zu\n", i);
        assert_int_equal(whole, i < 6);
        assert_int_equal(value, i < 6 ? expected[i] : 42);
    }
}

static void test_names_text__long_list__ends_at_a_whole_name(void **state)
{
    (void)state;
    static const char *const few[] = {"one", "two", NULL};
    char text[NAMES_TEXT_SIZE];
    names_text(few, text);
    assert_string_equal(text, "one, two");
    const char *many[41] = {0};
    for (size_t i = 0; i < 40; i++)
        many[i] = "name";
    names_text(many, text);
    assert_true(strlen(text) < NAMES_TEXT_SIZE);
    assert_string_equal(text + strlen(text) - 6, ", name");
}

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_parse_json__what_jansson_must_refuse__is_unparsable),
        unit(test_parse_json__depth__is_limited),
        unit(test_parse_json__brackets_in_strings__are_not_nesting),
        unit(test_member__null__is_absent),
        unit(test_whole_number__spellings_of_integers__are_read),
        unit(test_names_text__long_list__ends_at_a_whole_name),
    };
    return cmocka_run_group_tests_name("json/parse", tests, NULL, NULL);
}
