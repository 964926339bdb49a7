/* CSV as RFC 4180 has it, by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "api/api.h"
#include "api/call.h"
#include "api/csv.h"

struct fixture {
    struct api_request req;
    struct api_response res;
    struct call call;
    struct csv csv;
};

static struct fixture fixture;

static int setup(void **state)
{
    fixture = (struct fixture){.req = {.method = API_GET}};
    api_response_init(&fixture.res);
    fixture.call.req = &fixture.req;
    fixture.call.res = &fixture.res;
    fixture.csv.res = &fixture.res;
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    api_response_done(&f->res);
    return 0;
}

static void add_query(struct fixture *f, const char *name, const char *value)
{
    f->req.query[f->req.query_count++] = (struct api_pair){name, value};
}

/* --- cells --- */

static void assert_cell(struct fixture *f, const char *text, const char *expected)
{
    csv_text(&f->csv, text);
    f->csv.row_begun = false;
    assert_string_equal(buf_text(&f->res.body), expected);
    buf_clear(&f->res.body);
}

static void test_text__plain__stays(void **state)
{
    assert_cell(*state, "A1", "A1");
    assert_cell(*state, "two words", "two words");
    assert_cell(*state, "a=b", "a=b");
    assert_cell(*state, "12-3", "12-3");
    assert_cell(*state, "\xe5\xba\x97", "\xe5\xba\x97");
}

static void test_text__null_and_empty__differ(void **state)
{
    assert_cell(*state, NULL, "");
    assert_cell(*state, "", "\"\"");
}

static void test_text__special_characters__are_quoted(void **state)
{
    assert_cell(*state, "a,b", "\"a,b\"");
    assert_cell(*state, "a;b", "\"a;b\"");
    assert_cell(*state, "a\tb", "\"a\tb\"");
    assert_cell(*state, "a\r\nb", "\"a\r\nb\"");
    assert_cell(*state, "say \"hi\"", "\"say \"\"hi\"\"\"");
    assert_cell(*state, " a", "\" a\"");
    assert_cell(*state, "a ", "\"a \"");
}

static void test_text__formulas__are_defused(void **state)
{
    assert_cell(*state, "=1+1", "'=1+1");
    assert_cell(*state, "+49", "'+49");
    assert_cell(*state, "-a", "'-a");
    assert_cell(*state, "@x", "'@x");
    assert_cell(*state, "\tx", "\"'\tx\"");
    assert_cell(*state, "\rx", "\"'\rx\"");
    assert_cell(*state, "\nx", "\"'\nx\"");
    assert_cell(*state, "  =x", "\"'  =x\"");
    assert_cell(*state, "\"=x", "\"'\"\"=x\"");
    assert_cell(*state, "'=x", "''=x");
    assert_cell(*state, "=a,b", "\"'=a,b\"");
    assert_cell(*state, "\xef\xbc\x9dx", "'\xef\xbc\x9dx"); /* full-width = */
    assert_cell(*state, "\xef\xbc\xa0x", "'\xef\xbc\xa0x"); /* full-width @ */
}

static void test_text__plain_numbers__stay(void **state)
{
    assert_cell(*state, "-3", "-3");
    assert_cell(*state, "-0.5", "-0.5");
    assert_cell(*state, "-", "'-");
    assert_cell(*state, "-.5", "'-.5");
    assert_cell(*state, "-5.", "'-5.");
    assert_cell(*state, "-3-3", "'-3-3");
    assert_cell(*state, "-1e5", "'-1e5");
    assert_cell(*state, "--3", "'--3");
}

static void test_values__are_written_bare(void **state)
{
    struct fixture *f = *state;
    csv_int(&f->csv, -3);
    csv_decimal(&f->csv, -500, 3);
    csv_bool(&f->csv, true);
    csv_bool(&f->csv, false);
    csv_date(&f->csv, 19723);
    csv_instant(&f->csv, (struct instant){INT64_C(1704067200) * US_PER_SECOND});
    csv_instant(&f->csv, INSTANT_NEVER);
    assert_int_equal(csv_end_row(&f->csv), ERR_OK);
    csv_text(&f->csv, NULL);
    csv_text(&f->csv, "b");
    assert_int_equal(csv_end_row(&f->csv), ERR_OK);
    assert_string_equal(buf_text(&f->res.body),
                        "-3,-0.500,true,false,2024-01-01,2024-01-01T00:00:00Z,\r\n,b\r\n");
}

/* --- begin --- */

static const char *const names[] = {"order", "late_by_s"};

static const char *header(const struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->res.header_count; i++)
        if (strcmp(f->res.headers[i].name, name) == 0)
            return f->res.headers[i].value;
    return "";
}

static void test_begin__head_and_first_row(void **state)
{
    struct fixture *f = *state;
    csv_begin(&f->csv, &f->call, "orders-s1", names, 2);
    assert_string_equal(f->res.content_type, "text/csv; charset=utf-8; header=present");
    assert_string_equal(header(f, "Content-Disposition"), "attachment; filename=\"orders-s1.csv\"");
    assert_string_equal(buf_text(&f->res.body), "order,late_by_s\r\n");
}

static void test_begin__bom__comes_first(void **state)
{
    struct fixture *f = *state;
    add_query(f, "bom", "true");
    csv_begin(&f->csv, &f->call, "x", names, 1);
    assert_string_equal(buf_text(&f->res.body), "\xef\xbb\xbforder\r\n");
}

static void test_begin__file_name__holds_nothing_strange(void **state)
{
    struct fixture *f = *state;
    csv_begin(&f->csv, &f->call, "a\"; b/../\xe5\r\n.c", names, 1);
    assert_string_equal(header(f, "Content-Disposition"),
                        "attachment; filename=\"a___b________c.csv\"");
}

/* --- what is wanted --- */

static bool wants(const char *format, const char *accept)
{
    struct api_request req = {.accept = accept, .query_count = format == NULL ? 0 : 1};
    req.query[0] = (struct api_pair){"format", format};
    return csv_is_asked(&req);
}

static void test_wanted__format__decides(void **state)
{
    (void)state;
    assert_true(wants("csv", NULL));
    assert_true(wants("csv", "application/json"));
    assert_false(wants("json", "text/csv"));
    assert_false(wants(NULL, NULL));
}

static void test_wanted__accept__by_weight_then_precision(void **state)
{
    (void)state;
    assert_true(wants(NULL, "text/csv"));
    assert_true(wants(NULL, "TEXT/CSV; header=present"));
    assert_true(wants(NULL, "text/*"));
    assert_true(wants(NULL, "text/csv, */*"));
    assert_true(wants(NULL, "application/json;q=0.5,text/csv;q=0.6"));
    assert_true(wants(NULL, "text/csv, application/json; q=0.9"));
    assert_false(wants(NULL, "*/*"));
    assert_false(wants(NULL, "text/csv, application/json"));
    assert_false(wants(NULL, "text/csv;q=0.4, application/json;q=0.5"));
    assert_false(wants(NULL, "text/csv;q=0, */*"));
    assert_false(wants(NULL, "text/csv;q=0"));
    assert_false(wants(NULL, "text/html,application/xhtml+xml,*/*;q=0.8"));
    assert_false(wants(NULL, "text/csvx"));
    assert_false(wants(NULL, ""));
    assert_false(wants(NULL, ",;q=, ;"));
}

static void test_wanted__unknown_values__are_invalid(void **state)
{
    struct fixture *f = *state;
    bool csv;
    add_query(f, "format", "xml");
    assert_int_equal(csv_wanted(&f->call, &csv), ERR_INVALID);
    assert_int_equal(f->call.faults.count, 1);
    f->req.query[0] = (struct api_pair){"bom", "1"};
    assert_int_equal(csv_wanted(&f->call, &csv), ERR_INVALID);
    f->req.query[0] = (struct api_pair){"bom", "false"};
    assert_int_equal(csv_wanted(&f->call, &csv), ERR_OK);
    assert_false(csv);
    assert_string_equal(header(f, "Vary"), "Accept");
}

/* --- pieces --- */

struct sink {
    size_t pours;
    size_t bytes;
    enum err err;
};

static enum err pour(void *arg, struct api_response *res)
{
    struct sink *sink = arg;
    sink->pours++;
    sink->bytes += res->body.len;
    buf_clear(&res->body);
    return sink->err;
}

static void test_end_row__pours_whole_pieces(void **state)
{
    struct fixture *f = *state;
    struct sink sink = {0};
    f->res.pour = pour;
    f->res.pour_arg = &sink;
    for (size_t i = 0; i < 2 * API_PIECE / 8 + 1; i++) {
        csv_text(&f->csv, "123456");
        assert_int_equal(csv_end_row(&f->csv), ERR_OK);
    }
    assert_int_equal(sink.pours, 2);
    assert_int_equal(sink.bytes, 2 * API_PIECE);
    assert_int_equal(f->res.body.len, 8);
}

static void test_end_row__client_gone__says_so(void **state)
{
    struct fixture *f = *state;
    struct sink sink = {.err = ERR_UNAVAILABLE};
    size_t rows = 1;
    f->res.pour = pour;
    f->res.pour_arg = &sink;
    for (csv_int(&f->csv, 1); csv_end_row(&f->csv) == ERR_OK; csv_int(&f->csv, 1))
        rows++;
    assert_int_equal(rows, (API_PIECE + 2) / 3); /* the row that fills the piece */
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_text__plain__stays),
        unit(test_text__null_and_empty__differ),
        unit(test_text__special_characters__are_quoted),
        unit(test_text__formulas__are_defused),
        unit(test_text__plain_numbers__stay),
        unit(test_values__are_written_bare),
        unit(test_begin__head_and_first_row),
        unit(test_begin__bom__comes_first),
        unit(test_begin__file_name__holds_nothing_strange),
        unit(test_wanted__format__decides),
        unit(test_wanted__accept__by_weight_then_precision),
        unit(test_wanted__unknown_values__are_invalid),
        unit(test_end_row__pours_whole_pieces),
        unit(test_end_row__client_gone__says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
