#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "base/jsonw.h"

static void test_jsonw__every_kind_of_value__is_written(void **state)
{
    (void)state;
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_object(&w, NULL);
    jsonw_string(&w, "text", "a");
    jsonw_string(&w, "none", NULL);
    jsonw_string_len(&w, "part", "abc", 2);
    jsonw_int(&w, "int", -5);
    jsonw_bool(&w, "yes", true);
    jsonw_bool(&w, "no", false);
    jsonw_null(&w, "null");
    jsonw_instant(&w, "at", (struct instant){1704074400500000});
    jsonw_instant(&w, "never", INSTANT_NEVER);
    jsonw_date(&w, "day", 19723);
    jsonw_decimal(&w, "points", 9200, 3);
    jsonw_json(&w, "whole", "{\"a\":1}rest", 7);
    jsonw_end_object(&w);
    assert_string_equal(buf_text(&out),
                        "{\"text\":\"a\",\"none\":null,\"part\":\"ab\",\"int\":-5,\"yes\":true,"
                        "\"no\":false,\"null\":null,\"at\":\"2024-01-01T02:00:00.500Z\","
                        "\"never\":null,\"day\":\"2024-01-01\",\"points\":\"9.200\","
                        "\"whole\":{\"a\":1}}");
}

static void test_jsonw__nested_and_empty_containers__have_their_commas(void **state)
{
    (void)state;
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    struct jsonw w;
    jsonw_init(&w, &out);
    jsonw_array(&w, NULL);
    jsonw_object(&w, NULL);
    jsonw_end_object(&w);
    jsonw_array(&w, NULL);
    jsonw_int(&w, NULL, 1);
    jsonw_int(&w, NULL, 2);
    jsonw_end_array(&w);
    jsonw_object(&w, NULL);
    jsonw_array(&w, "list");
    jsonw_end_array(&w);
    jsonw_int(&w, "n", 3);
    jsonw_end_object(&w);
    jsonw_end_array(&w);
    assert_string_equal(buf_text(&out), "[{},[1,2],{\"list\":[],\"n\":3}]");
}

static void test_jsonw__deep_nesting__is_written(void **state)
{
    (void)state;
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    struct jsonw w;
    jsonw_init(&w, &out);
    for (int i = 0; i < 63; i++)
        jsonw_array(&w, NULL);
    jsonw_int(&w, NULL, 1);
    jsonw_int(&w, NULL, 2);
    for (int i = 0; i < 63; i++)
        jsonw_end_array(&w);
    assert_int_equal(out.len, 63 + 3 + 63);
    assert_memory_equal(out.data + 62, "[1,2]", 5);
}

static void test_json_quote__special_characters__are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", "\"\""},
        {"plain /", "\"plain /\""},
        {"\"\\", "\"\\\"\\\\\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"\xe9\xa3\x8e", "\"\xe9\xa3\x8e\""},
        {"a\nb", "\"a\\nb\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_BUF struct buf out;
        buf_init(&out, 100);
        json_quote(&out, cases[i].text, strlen(cases[i].text));
        assert_string_equal(buf_text(&out), cases[i].expected);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_jsonw__every_kind_of_value__is_written),
        unit(test_jsonw__nested_and_empty_containers__have_their_commas),
        unit(test_jsonw__deep_nesting__is_written),
        unit(test_json_quote__special_characters__are_escaped),
    };
    return cmocka_run_group_tests_name("base/jsonw", tests, NULL, NULL);
}
