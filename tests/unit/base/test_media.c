#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/media.h"

static void test_media_type_is__same_type__is_true(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json ; charset=utf-8",
        "application/json\t;charset=utf-8",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i]);
        assert_true(media_type_is(cases[i], "application/json"));
    }
}

static void test_media_type_is__another_or_none__is_false(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "application/jso",
        "application/json5",
        "application/json+x",
        " application/json",
        ";application/json",
        "text/plain",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i]);
        assert_false(media_type_is(cases[i], "application/json"));
    }
    assert_false(media_type_is(NULL, "application/json"));
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_media_type_is__same_type__is_true),
        unit(test_media_type_is__another_or_none__is_false),
    };
    return cmocka_run_group_tests_name("base/media", tests, NULL, NULL);
}
