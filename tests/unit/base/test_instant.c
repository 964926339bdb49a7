#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/instant.h"

/* Expected numbers are Unix times, taken from RFC 3339's own examples and from the calendar. */
static void test_instant_parse__valid_texts__are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"2000-01-01T00:00:00Z", 946684800000000},
        {"2024-01-01T10:00:00+08:00", 1704074400000000},
        {"2024-01-01T02:00:00Z", 1704074400000000},
        {"2023-12-31T21:00:00-05:00", 1704074400000000},
        {"2024-01-01T07:30:00+05:30", 1704074400000000},
        {"2024-01-01t02:00:00z", 1704074400000000},
        {"2024-01-01T02:00:00-00:00", 1704074400000000},
        {"2024-01-01T02:00:00.5Z", 1704074400500000},
        {"2024-01-01T02:00:00.000001Z", 1704074400000001},
        {"2024-01-01T02:00:00.1234567Z", 1704074400123456},
        {"2024-01-01T02:00:00.99999999999999999999999Z", 1704074400999999},
        {"2024-02-29T00:00:00Z", 1709164800000000},
        {"2000-02-29T00:00:00Z", 951782400000000},
        {"2100-12-31T23:59:59.999999Z", 4133980799999999},
        {"2101-01-01T05:00:00+08:00", 4133970000000000},
        {"1999-12-31T20:00:00-04:00", 946684800000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instant t = {0};
        print_message("%s\n", cases[i].text);
        assert_int_equal(instant_parse(cases[i].text, strlen(cases[i].text), &t, NULL), ERR_OK);
        assert_int_equal(t.us, cases[i].us);
    }
}

static void test_instant_parse__invalid_texts__are_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2024",
        "2024-01-01",
        "2024-01-01T10:00:00",
        "2024-01-01 10:00:00Z",
        "2024-01-01T10:00:00.Z",
        "2024-01-01T10:00:00,5Z",
        "2024-01-01T10:00Z",
        "2024-01-01T10:00:00+0800",
        "2024-01-01T10:00:00+08",
        "2024-01-01T10:00:00+8:00",
        "2024-01-01T10:00:00+24:00",
        "2024-01-01T10:00:00+08:60",
        "2024-01-01T10:00:00Z ",
        " 2024-01-01T10:00:00Z",
        "2024-01-01T10:00:00ZZ",
        "2024-01-01T24:00:00Z",
        "2024-01-01T10:60:00Z",
        "2024-01-01T10:00:61Z",
        "2016-12-31T23:59:60Z",
        "2024-00-01T10:00:00Z",
        "2024-13-01T10:00:00Z",
        "2024-01-00T10:00:00Z",
        "2024-04-31T10:00:00Z",
        "2023-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "2024-1-01T10:00:00Z",
        "+024-01-01T10:00:00Z",
        "1999-12-31T23:59:59Z",
        "2000-01-01T00:00:00+00:01",
        "2101-01-01T00:00:00Z",
        "2100-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct instant t = {42};
        const char *why = NULL;
        print_message("%s\n", cases[i]);
        assert_int_equal(instant_parse(cases[i], strlen(cases[i]), &t, &why), ERR_INVALID);
        assert_non_null(why);
        assert_int_equal(t.us, 42);
    }
}

static void test_instant_parse__length_is_given__reads_no_further(void **state)
{
    (void)state;
    struct instant t;
    assert_int_equal(instant_parse("2024-01-01T02:00:00Zjunk", 20, &t, NULL), ERR_OK);
    assert_int_equal(instant_parse("2024-01-01T02:00:00Z", 19, &t, NULL), ERR_INVALID);
}

static void test_instant_format__fractions__are_written_only_where_not_zero(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1704074400000000, "2024-01-01T02:00:00Z"},
        {1704074400500000, "2024-01-01T02:00:00.500Z"},
        {1704074400000001, "2024-01-01T02:00:00.000001Z"},
        {1704074400123456, "2024-01-01T02:00:00.123456Z"},
        {1709251199999999, "2024-02-29T23:59:59.999999Z"},
        {4133980799999999, "2100-12-31T23:59:59.999999Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[INSTANT_TEXT_SIZE];
        size_t len = instant_format((struct instant){cases[i].us}, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(cases[i].text));
    }
}

static void test_instant_hour__before_the_epoch__is_the_floor(void **state)
{
    (void)state;
    assert_int_equal(instant_hour((struct instant){-1}), -1);
    assert_int_equal(instant_hour((struct instant){0}), 0);
    assert_int_equal(instant_hour((struct instant){US_PER_HOUR - 1}), 0);
    assert_int_equal(instant_hour((struct instant){US_PER_HOUR}), 1);
}

static void test_instant_add_hours__never__stays_never(void **state)
{
    (void)state;
    assert_true(instant_is_never(instant_add_hours(INSTANT_NEVER, 48)));
    assert_int_equal(instant_add_hours((struct instant){5}, 2).us, 5 + 2 * US_PER_HOUR);
}

static void test_date_from_civil__known_days__are_counted_from_the_epoch(void **state)
{
    (void)state;
    assert_int_equal(date_from_civil(1970, 1, 1), 0);
    assert_int_equal(date_from_civil(1969, 12, 31), -1);
    assert_int_equal(date_from_civil(2000, 3, 1), 11017);
    assert_int_equal(date_from_civil(2024, 1, 1), 19723);
    assert_int_equal(date_from_civil(2100, 12, 31), 47846);
}

static void test_date_to_civil__every_day_of_the_range__comes_back(void **state)
{
    (void)state;
    int32_t last = date_from_civil(2101, 1, 1);
    int before_month = 12;
    for (int32_t date = date_from_civil(2000, 1, 1); date <= last; date++) {
        int year;
        int month;
        int day;
        date_to_civil(date, &year, &month, &day);
        assert_int_equal(date_from_civil(year, month, day), date);
        /* A month is the one before it or the next. */
        assert_true(month == before_month ? day > 1 : day == 1 && month == before_month % 12 + 1);
        before_month = month;
    }
}

static void test_date_parse__dates__are_read_and_written_alike(void **state)
{
    (void)state;
    int32_t date = 0;
    assert_int_equal(date_parse("2024-02-29", 10, &date), ERR_OK);
    assert_int_equal(date, 19782);
    char text[DATE_TEXT_SIZE];
    date_format(date, text);
    assert_string_equal(text, "2024-02-29");
    assert_int_equal(date_parse("2023-02-29", 10, &date), ERR_INVALID);
    assert_int_equal(date_parse("2024-02-2", 9, &date), ERR_INVALID);
    assert_int_equal(date_parse("2024-02-290", 11, &date), ERR_INVALID);
    assert_int_equal(date_parse("2024/02/29", 10, &date), ERR_INVALID);
    assert_int_equal(date, 19782);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_instant_parse__valid_texts__are_read),
        unit(test_instant_parse__invalid_texts__are_refused_with_a_reason),
        unit(test_instant_parse__length_is_given__reads_no_further),
        unit(test_instant_format__fractions__are_written_only_where_not_zero),
        unit(test_instant_hour__before_the_epoch__is_the_floor),
        unit(test_instant_add_hours__never__stays_never),
        unit(test_date_from_civil__known_days__are_counted_from_the_epoch),
        unit(test_date_to_civil__every_day_of_the_range__comes_back),
        unit(test_date_parse__dates__are_read_and_written_alike),
    };
    return cmocka_run_group_tests_name("base/instant", tests, NULL, NULL);
}
