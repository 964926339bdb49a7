/* Tables of order numbers with the quirks of spreadsheets and shop back ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "api/sheet.h"

static struct arena arena;
static struct sheet sheet;
static struct fault fault;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static enum err read_bytes(const char *text, size_t len, size_t max)
{
    /* At the end of its memory, so that reading over the end is seen. */
    char *copy = malloc(len == 0 ? 1 : len);
    memcpy(copy, text, len);
    enum err err = sheet_read(copy, len, max, &arena, &sheet, &fault);
    free(copy);
    return err;
}

static void assert_rows(const char *text, const char *const *rows)
{
    print_message("%s\n", text);
    assert_int_equal(read_bytes(text, strlen(text), 100), ERR_OK);
    size_t count = 0;
    for (; rows[count] != NULL; count++) {
        assert_true(count < sheet.count);
        assert_string_equal(sheet.rows[count].text, rows[count]);
    }
    assert_int_equal(sheet.count, count);
}

static void test_sheet_read__any_export__gives_the_numbers(void **state)
{
    (void)state;
    static const char *const a1_a2[] = {"A1", "A2", NULL};
    static const char *const texts[] = {
        "A1\nA2",
        "A1\r\nA2\r\n",
        "\xef\xbb\xbforder\r\nA1\r\nA2\r\n",
        "Order No.;x\nA1;1\nA2;2\n",
        "x\t\xe8\xae\xa2\xe5\x8d\x95\xe7\xbc\x96\xe5\x8f\xb7\n1\tA1\n2\tA2\n",
        "sep=|\norder|x\nA1|1\nA2|2\n",
        "order_id\n=\"A1\"\n\"=\"\"A2\"\"\"\n",
        "'A1\n`A2\n",
        "A1\t\nA2\t\n",
        " A1 \n\xc2\xa0"
        "A2\n",
        "\n\nA1\n,,\nA2\n",
        "note,order\n\"a, b\nc\"\"d\",A1\nx,A2\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_rows(texts[i], a1_a2);
    assert_rows("", (const char *const[]){NULL});
    assert_rows("order\n", (const char *const[]){NULL});
    assert_rows("say \"A1\"\n", (const char *const[]){"say \"A1\"", NULL});
}

static void test_sheet_read__rows_that_are_none__are_told_with_their_lines(void **state)
{
    (void)state;
    static const char text[] = "x,order\n1,A1\n\n\"two\nlines\",1.5E+17\n3,\n4\n5,A2\n";
    static const struct {
        size_t line;
        bool readable;
    } expected[] = {{2, true}, {4, false}, {6, false}, {7, false}, {8, true}};
    assert_int_equal(read_bytes(text, strlen(text), 100), ERR_OK);
    assert_int_equal(sheet.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sheet.rows[i].line, expected[i].line);
        assert_int_equal(sheet.rows[i].readable, expected[i].readable);
    }
    /* what only looks like a float is a number all the same */
    assert_rows("1E5X\n12345678901234567890\n",
                (const char *const[]){"1E5X", "12345678901234567890", NULL});
    assert_true(sheet.rows[0].readable && sheet.rows[1].readable);
}

static void test_sheet_read__number_too_long__is_unreadable(void **state)
{
    (void)state;
    char text[202];
    memset(text, '7', 201);
    assert_int_equal(read_bytes(text, 200, 10), ERR_OK);
    assert_true(sheet.rows[0].readable);
    assert_int_equal(read_bytes(text, 201, 10), ERR_OK);
    assert_false(sheet.rows[0].readable);
}

static void test_sheet_read__other_encodings__are_converted(void **state)
{
    (void)state;
    static const char utf16le[] = "\xff\xfe"
                                  "A\0001\0\n\0"
                                  "A\0002\0";
    static const char utf16be[] = "\xfe\xff\0A\0001\0\n\0A\0002";
    static const char gbk[] = "\xb6\xa9\xb5\xa5\xba\xc5\nA1\nA2\n"; /* 订单号 */
    const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {utf16le, sizeof utf16le - 1}, {utf16be, sizeof utf16be - 1}, {gbk, sizeof gbk - 1}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_bytes(cases[i].text, cases[i].len, 10), ERR_OK);
        assert_int_equal(sheet.count, 2);
        assert_string_equal(sheet.rows[0].text, "A1");
        assert_string_equal(sheet.rows[1].text, "A2");
    }
    assert_int_equal(read_bytes("\xff\xfe\x41", 3, 10), ERR_UNPARSABLE);
    assert_int_equal(read_bytes("\x80\xff", 2, 10), ERR_UNPARSABLE);
    assert_int_equal(read_bytes("A\0B", 3, 10), ERR_UNPARSABLE);
}

static void test_sheet_read__too_many_rows__is_too_large(void **state)
{
    (void)state;
    assert_int_equal(read_bytes("order\nA1\nA2\n", 12, 2), ERR_OK);
    assert_int_equal(read_bytes("order\nA1\nA2\nA3", 14, 2), ERR_TOO_LARGE);
}

/* A file that was cut off: what comes behind the quote is no order number. */
static void test_sheet_read__quote_never_closed__is_unparsable_and_tells_the_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"A1\n\"A2\nA3\nA4\n", "A1\nA2,\"", "\"x\ny\"\"\nz"};
    static const char *const lines[] = {"line 2 ", "line 2 ", "line 1 "};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(read_bytes(texts[i], strlen(texts[i]), 10), ERR_UNPARSABLE);
        assert_memory_equal(fault.detail, lines[i], strlen(lines[i]));
    }
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_sheet_read__any_export__gives_the_numbers),
        unit(test_sheet_read__rows_that_are_none__are_told_with_their_lines),
        unit(test_sheet_read__number_too_long__is_unreadable),
        unit(test_sheet_read__other_encodings__are_converted),
        unit(test_sheet_read__too_many_rows__is_too_large),
        unit(test_sheet_read__quote_never_closed__is_unparsable_and_tells_the_line),
    };
    return cmocka_run_group_tests_name("api/sheet", tests, NULL, NULL);
}
