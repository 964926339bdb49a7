#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "base/decimal.h"

static void test_decimal_ratio__halves__are_rounded_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t num;
        int64_t den;
        int decimals;
        int64_t expected;
    } cases[] = {
        {973, 1000, 4, 9730},
        {1, 3, 4, 3333},
        {2, 3, 4, 6667},
        {1, 2, 0, 1},
        {-1, 2, 0, -1},
        {1, 20000, 4, 1}, /* 0.00005 */
        {1, 20001, 4, 0},
        {-1, 20000, 4, -1},
        {-1, 20001, 4, 0},
        {0, 7, 4, 0},
        {5, 5, 4, 10000},
        {INT64_MAX, 1, 0, INT64_MAX},
        {INT64_MIN, 1, 0, INT64_MIN},
        {INT64_MAX, INT64_MAX, 4, 10000},
        {INT64_MAX, 2, 4, INT64_MAX},  /* saturates */
        {INT64_MIN, 2, 18, INT64_MIN}, /* saturates */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%lld / %lld\n", (long long)cases[i].num, (long long)cases[i].den);
        assert_int_equal(decimal_ratio(cases[i].num, cases[i].den, cases[i].decimals),
                         cases[i].expected);
    }
}

static void test_decimal_parse__valid_texts__are_scaled(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int decimals;
        int64_t expected;
    } cases[] = {
        {"12", 3, 12000},
        {"-0.5", 3, -500},
        {"9.200", 3, 9200},
        {"9.2000000", 3, 9200},
        {"0", 0, 0},
        {"-0", 2, 0},
        {"7.0", 0, 7},
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"922337203685477.5807", 4, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 42;
        print_message("%s\n", cases[i].text);
        assert_int_equal(
            decimal_parse(cases[i].text, strlen(cases[i].text), cases[i].decimals, &value), ERR_OK);
        assert_int_equal(value, cases[i].expected);
    }
}

static void test_decimal_parse__invalid_texts__are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "-",
        ".",
        "1.",
        ".5",
        "+1",
        "1e2",
        " 1",
        "1 ",
        "1,5",
        "0x1",
        "1.2.3",
        "--1",
        "1.2345",
        "nan",
        "9223372036854775808",
        "922337203685477580.8",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 42;
        print_message("'%s'\n", cases[i]);
        assert_int_equal(decimal_parse(cases[i], strlen(cases[i]), 3, &value), ERR_INVALID);
        assert_int_equal(value, 42);
    }
}

static void test_decimal_put__scaled_numbers__have_all_their_decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t scaled;
        int decimals;
        const char *expected;
    } cases[] = {
        {9200, 3, "9.200"},
        {5, 3, "0.005"},
        {-5, 3, "-0.005"},
        {0, 4, "0.0000"},
        {12, 0, "12"},
        {-12345, 1, "-1234.5"},
        {INT64_MIN, 0, "-9223372036854775808"},
        {INT64_MAX, 18, "9.223372036854775807"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_BUF struct buf out;
        buf_init(&out, 100);
        decimal_put(&out, cases[i].scaled, cases[i].decimals);
        assert_string_equal(buf_text(&out), cases[i].expected);
    }
}

static void test_int_parse__range__is_kept(void **state)
{
    (void)state;
    int64_t value = 42;
    assert_int_equal(int_parse("100", 3, 1, 100, &value), ERR_OK);
    assert_int_equal(value, 100);
    assert_int_equal(int_parse("-1", 2, -1, 1, &value), ERR_OK);
    assert_int_equal(value, -1);
    assert_int_equal(int_parse("-9223372036854775808", 20, INT64_MIN, 0, &value), ERR_OK);
    assert_int_equal(value, INT64_MIN);

    value = 42;
    static const char *const refused[] = {"101",
                                          "0",
                                          "",
                                          "-",
                                          "1.0",
                                          "+1",
                                          " 1",
                                          "1 ",
                                          "one",
                                          "9223372036854775808",
                                          "99999999999999999999"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        print_message("'%s'\n", refused[i]);
        assert_int_equal(int_parse(refused[i], strlen(refused[i]), 1, 100, &value), ERR_INVALID);
        assert_int_equal(value, 42);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_decimal_ratio__halves__are_rounded_away_from_zero),
        unit(test_decimal_parse__valid_texts__are_scaled),
        unit(test_decimal_parse__invalid_texts__are_refused),
        unit(test_decimal_put__scaled_numbers__have_all_their_decimals),
        unit(test_int_parse__range__is_kept),
    };
    return cmocka_run_group_tests_name("base/decimal", tests, NULL, NULL);
}
