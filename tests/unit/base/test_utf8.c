#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"

struct text {
    const char *bytes;
    size_t len;
};
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof literal - 1                                                                \
    }

static void test_utf8_valid__well_formed__is_true(void **state)
{
    (void)state;
    static const struct text cases[] = {
        TEXT(""),
        TEXT("plain"),
        TEXT("sixteen letters!"),
        TEXT("\x7f"),
        TEXT("\xc2\x80"),
        TEXT("\xdf\xbf"),
        TEXT("\xe0\xa0\x80"),
        TEXT("\xed\x9f\xbf"),
        TEXT("\xee\x80\x80"),
        TEXT("\xef\xbf\xbf"),
        TEXT("\xf0\x90\x80\x80"),
        TEXT("\xf4\x8f\xbf\xbf"),
        TEXT("\xe9\xa3\x8e\xe5\x90\x91\xe6\xa0\x87 wind vane, \xe9\xa3\x8e"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        assert_true(utf8_valid(cases[i].bytes, cases[i].len));
    }
}

static void test_utf8_valid__malformed__is_false(void **state)
{
    (void)state;
    static const struct text cases[] = {
        TEXT("\x80"),
        TEXT("\xbf"),
        TEXT("\xc0\x80"),         /* overlong */
        TEXT("\xc1\xbf"),         /* overlong */
        TEXT("\xe0\x9f\xbf"),     /* overlong */
        TEXT("\xf0\x8f\xbf\xbf"), /* overlong */
        TEXT("\xed\xa0\x80"),     /* surrogate */
        TEXT("\xed\xbf\xbf"),     /* surrogate */
        TEXT("\xf4\x90\x80\x80"), /* beyond U+10FFFF */
        TEXT("\xf5\x80\x80\x80"),
        TEXT("\xff"),
        TEXT("\xc3"),
        TEXT("\xc3("),
        TEXT("\xe9\xa3"),
        TEXT("\xe9\xa3("),
        TEXT("\xf0\x90\x80"),
        TEXT("a\0b"),
        TEXT("seven..\0and more"),
        TEXT("seven..\xff and more"),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        assert_false(utf8_valid(cases[i].bytes, cases[i].len));
    }
}

static void test_utf8_cut__inside_a_character__steps_back(void **state)
{
    (void)state;
    const char *text = "a\xe9\xa3\x8e"
                       "b"; /* 1 + 3 + 1 bytes */
    static const size_t expected[] = {0, 1, 1, 1, 4, 5, 5};
    for (size_t max = 0; max < sizeof expected / sizeof expected[0]; max++)
        assert_int_equal(utf8_cut(text, 5, max), expected[max]);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_utf8_valid__well_formed__is_true),
        unit(test_utf8_valid__malformed__is_false),
        unit(test_utf8_cut__inside_a_character__steps_back),
    };
    return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
