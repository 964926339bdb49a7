#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void test_buf_append__many_pieces__are_joined_and_terminated(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 100000);
    for (int i = 0; i < 10000; i++)
        buf_puts(&buf, "abc");
    buf_putc(&buf, '!');
    assert_int_equal(buf_status(&buf), ERR_OK);
    assert_int_equal(buf.len, 30001);
    assert_int_equal(strlen(buf.data), 30001);
    assert_memory_equal(buf.data + 29997, "abc!", 5);
}

static void test_buf_append__exactly_the_maximum__fits(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 4);
    buf_puts(&buf, "abcd");
    assert_int_equal(buf_status(&buf), ERR_OK);
    assert_string_equal(buf_text(&buf), "abcd");
}

static void test_buf_append__over_the_maximum__fails_and_sticks(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 4);
    buf_puts(&buf, "abc");
    buf_puts(&buf, "de");
    buf_putc(&buf, 'f');
    assert_true(buf_failed(&buf));
    assert_int_equal(buf_status(&buf), ERR_TOO_LARGE);
    assert_string_equal(buf_text(&buf), "abc");
    buf_clear(&buf);
    buf_puts(&buf, "de");
    assert_int_equal(buf_status(&buf), ERR_OK);
    assert_string_equal(buf_text(&buf), "de");
}

static void test_buf_init__largest_maximum__appends(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, SIZE_MAX);
    buf_puts(&buf, "abc");
    assert_int_equal(buf_status(&buf), ERR_OK);
    buf_append(&buf, "", SIZE_MAX - 1);
    assert_int_equal(buf_status(&buf), ERR_TOO_LARGE);
}

static void test_buf_text__nothing_appended__is_empty(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 4);
    assert_string_equal(buf_text(&buf), "");
    size_t len = 9;
    assert_null(buf_take(&buf, &len));
    assert_int_equal(len, 0);
}

static void test_buf_printf__long_text__grows(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 1000);
    buf_printf(&buf, "%s=%d;", "a", 1);
    buf_printf(&buf, "%0600d", 7);
    assert_int_equal(buf.len, 604);
    assert_memory_equal(buf.data, "a=1;000", 7);
    assert_int_equal(buf.data[603], '7');
    buf_printf(&buf, "%0600d", 7);
    assert_int_equal(buf_status(&buf), ERR_TOO_LARGE);
    assert_int_equal(buf.len, 604);
}

static void test_buf_put_int__extremes__are_written_whole(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 1000);
    buf_put_int(&buf, 0);
    buf_putc(&buf, ' ');
    buf_put_int(&buf, -7);
    buf_putc(&buf, ' ');
    buf_put_int(&buf, INT64_MIN);
    buf_putc(&buf, ' ');
    buf_put_int(&buf, INT64_MAX);
    assert_string_equal(buf_text(&buf), "0 -7 -9223372036854775808 9223372036854775807");
}

static void test_buf_consume__front__is_removed(void **state)
{
    (void)state;
    AUTO_BUF struct buf buf;
    buf_init(&buf, 100);
    buf_consume(&buf, 3);
    buf_puts(&buf, "line 1\nline 2");
    buf_consume(&buf, 7);
    assert_string_equal(buf_text(&buf), "line 2");
    buf_consume(&buf, 100);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
}

static void test_buf_take__content__is_handed_over(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_puts(&buf, "mine");
    size_t len;
    AUTO_FREE char *text = buf_take(&buf, &len);
    assert_string_equal(text, "mine");
    assert_int_equal(len, 4);
    assert_null(buf.data);
    buf_puts(&buf, "next");
    assert_string_equal(buf_text(&buf), "next");
    buf_done(&buf);
}

static void test_buf_done__null_and_zeroed__are_fine(void **state)
{
    (void)state;
    buf_done(NULL);
    struct buf buf = {0};
    buf_done(&buf);
    buf_puts(&buf, "x");
    assert_int_equal(buf_status(&buf), ERR_TOO_LARGE);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_buf_append__many_pieces__are_joined_and_terminated),
        unit(test_buf_append__exactly_the_maximum__fits),
        unit(test_buf_append__over_the_maximum__fails_and_sticks),
        unit(test_buf_init__largest_maximum__appends),
        unit(test_buf_text__nothing_appended__is_empty),
        unit(test_buf_printf__long_text__grows),
        unit(test_buf_put_int__extremes__are_written_whole),
        unit(test_buf_consume__front__is_removed),
        unit(test_buf_take__content__is_handed_over),
        unit(test_buf_done__null_and_zeroed__are_fine),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
