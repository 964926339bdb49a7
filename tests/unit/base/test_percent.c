#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/percent.h"

static void test_percent_decode__each_form__gives_byte_and_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t used;
        char byte;
    } cases[] = {
        {"a", 1, 'a'},    {"+", 1, '+'},     {"%41", 3, 'A'},    {"%4a", 3, 'J'},
        {"%4Ab", 3, 'J'}, {"%2541", 3, '%'}, {"%ff", 3, '\xff'}, {"%00", 3, '\0'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].text);
        char byte = 'x';
        assert_int_equal(percent_decode(cases[i].text, &byte), cases[i].used);
        assert_int_equal(byte, cases[i].byte);
    }
}

static void test_percent_decode__broken_escape__gives_0_and_the_sign(void **state)
{
    (void)state;
    static const char *const cases[] = {"%",    "%4",  "%4&1", "%g1", "%1g",
                                        "%%41", "% 1", "%/0",  "%:0"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i]);
        char byte = 'x';
        assert_int_equal(percent_decode(cases[i], &byte), 0);
        assert_int_equal(byte, '%');
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_percent_decode__each_form__gives_byte_and_length),
        unit(test_percent_decode__broken_escape__gives_0_and_the_sign),
    };
    return cmocka_run_group_tests_name("base/percent", tests, NULL, NULL);
}
