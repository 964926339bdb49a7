#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "json/calendar.h"
#include "json/doc.h"

static struct calendar_document document;
static struct faults faults;

static enum err decode(const char *text)
{
    return calendar_decode(text, strlen(text), &document, &faults);
}

#define HOUR_US (INT64_C(3600) * 1000000)
/* 2024-03-01T00:00:00Z */
#define MARCH (INT64_C(1709251200) * 1000000)

/* --- what is suspended --- */

static void test_calendar_decode__any_order__intervals_are_united(void **state)
{
    (void)state;
    assert_int_equal(
        decode("{\"suspended\":["
               "{\"from\":\"2024-03-01T09:00:00Z\",\"to\":\"2024-03-01T10:00:00Z\"},"
               /* overlap */
               "{\"from\":\"2024-03-01T02:00:00Z\",\"to\":\"2024-03-01T04:00:00Z\"},"
               "{\"from\":\"2024-03-01T09:00:00+08:00\",\"to\":\"2024-03-01T03:00:00Z\"},"
               /* touch */
               "{\"from\":\"2024-03-01T04:00:00Z\",\"to\":\"2024-03-01T05:00:00Z\"},"
               /* lies inside */
               "{\"from\":\"2024-03-01T01:30:00Z\",\"to\":\"2024-03-01T01:40:00Z\"},"
               /* a microsecond apart */
               "{\"from\":\"2024-03-01T05:00:00.000001Z\","
               "\"to\":\"2024-03-01T06:00:00Z\"}]}"),
        ERR_OK);
    const struct interval expected[] = {
        {MARCH + 1 * HOUR_US, MARCH + 5 * HOUR_US},
        {MARCH + 5 * HOUR_US + 1, MARCH + 6 * HOUR_US},
        {MARCH + 9 * HOUR_US, MARCH + 10 * HOUR_US},
    };
    assert_int_equal(document.suspended.count, 3);
    assert_memory_equal(document.suspended.intervals, expected, sizeof expected);
}

static void test_calendar_decode__nothing_there__nothing_suspended(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "{\"suspended\":null,\"holidays\":[]}",
                                        "{\"version\":4,\"tallied\":{},\"notes\":\"none\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        document.suspended.count = 9;
        document.holidays.count = 9;
        assert_int_equal(decode(texts[i]), ERR_OK);
        assert_int_equal(document.suspended.count, 0);
        assert_int_equal(document.holidays.count, 0);
    }
}

static void test_calendar_decode__holidays__ascend(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"holidays\":[{\"date\":\"2024-02-12\"},{\"date\":\"1970-01-01\"}]}"),
                     ERR_INVALID); /* 1970 is none of the years */
    assert_int_equal(decode("{\"holidays\":[{\"date\":\"2024-02-12\"},{\"date\":\"2024-02-10\"},"
                            "{\"date\":\"2024-02-11\"}]}"),
                     ERR_OK);
    int32_t first = date_from_civil(2024, 2, 10);
    assert_int_equal(document.holidays.count, 3);
    for (int32_t i = 0; i < 3; i++)
        assert_int_equal(document.holidays.days[i], first + i);
}

/* --- faults --- */

static void test_calendar_decode__faults__each_is_pointed_at(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"suspended\":[{\"from\":\"2024-03-01T00:00:00Z\"},"
                            "{\"from\":\"2024-03-02T00:00:00Z\",\"to\":\"2024-03-02T00:00:00Z\"}],"
                            "\"holidays\":[{\"date\":\"2024-02-10\"},{\"date\":\"2024-02-10\"},"
                            "{\"date\":20240211}],\"more\":1}"),
                     ERR_INVALID);
    static const char *const pointers[] = {"/more", "/suspended/0/to", "/suspended/1/to",
                                           "/holidays/1/date", "/holidays/2/date"};
    assert_int_equal(faults.count, sizeof pointers / sizeof pointers[0]);
    for (size_t i = 0; i < faults.count; i++)
        assert_string_equal(faults.items[i].pointer, pointers[i]);
}

static void test_calendar_decode__first_and_last_date__are_taken(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"holidays\":[{\"date\":\"2000-01-01\"},{\"date\":\"2100-12-31\"}]}"),
                     ERR_OK);
    assert_int_equal(decode("{\"holidays\":[{\"date\":\"2101-01-01\"}]}"), ERR_INVALID);
}

static void test_calendar_decode__not_an_object__one_fault(void **state)
{
    (void)state;
    assert_int_equal(decode("[]"), ERR_INVALID);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].pointer, "");
    assert_int_equal(decode("{"), ERR_UNPARSABLE);
    assert_int_equal(calendar_decode("{}", CALENDAR_MAX_BYTES + 1, &document, &faults),
                     ERR_TOO_LARGE);
}

/* --- the canonical form --- */

static void canonical_is(const char *text, const char *expected)
{
    AUTO_BUF struct buf canonical;
    buf_init(&canonical, 1000);
    assert_int_equal(calendar_canonical(text, strlen(text), &canonical), ERR_OK);
    assert_string_equal(buf_text(&canonical), expected);
}

static void test_calendar_canonical__spellings__are_one_document(void **state)
{
    (void)state;
    canonical_is("{}", "{\"holidays\":[],\"suspended\":[]}");
    canonical_is("{\"tallied\":{\"stores\":1},\"version\":3,\"suspended\":null}",
                 "{\"holidays\":[],\"suspended\":[]}");
    canonical_is("{\"holidays\":[{\"name\":\"n\",\"date\":\"2024-02-10\"}]}",
                 "{\"holidays\":[{\"date\":\"2024-02-10\",\"name\":\"n\"}],\"suspended\":[]}");
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar_decode__any_order__intervals_are_united),
        cmocka_unit_test(test_calendar_decode__nothing_there__nothing_suspended),
        cmocka_unit_test(test_calendar_decode__holidays__ascend),
        cmocka_unit_test(test_calendar_decode__faults__each_is_pointed_at),
        cmocka_unit_test(test_calendar_decode__first_and_last_date__are_taken),
        cmocka_unit_test(test_calendar_decode__not_an_object__one_fault),
        cmocka_unit_test(test_calendar_canonical__spellings__are_one_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
