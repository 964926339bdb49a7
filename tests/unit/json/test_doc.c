#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "json/doc.h"

static const char *const roles[] = {"admin", "ingest", "merchant", NULL};

/* What a body of POST /v1/keys, with a note, reads as. */
struct body {
    const char *name;
    const char *note;
    int role;
    size_t store_count;
    const char *stores[3];
};

struct outcome {
    enum err err;
    struct fault fault;
    struct body body;
    struct doc doc; /* the body's texts borrow from it */
};

static struct outcome read_body(const char *text)
{
    struct outcome outcome = {0};
    struct body *body = &outcome.body;
    outcome.err = doc_parse(text, strlen(text), &outcome.doc, &outcome.fault);
    if (outcome.err != ERR_OK)
        return outcome;
    struct reader reader;
    reader_init(&reader, &outcome.doc, &outcome.fault);
    body->name = reader_text(&reader, "name", 8);
    body->note = reader_optional_text(&reader, "note", 8);
    body->role = reader_choice(&reader, "role", roles, READER_REQUIRED);
    body->store_count = reader_texts(&reader, "stores", 3, 4, body->stores);
    if (body->role == 0 && body->store_count > 0)
        reader_fault(&reader, "stores", "must not stand beside the role %s", roles[0]);
    outcome.err = reader_finish(&reader);
    return outcome;
}

static void test_reader__all_members__are_read(void **state)
{
    (void)state;
    struct outcome o = read_body("{\"name\":\"n\",\"note\":\"x\",\"role\":\"ingest\","
                                 "\"stores\":[\"s1\",\"s2\"]}");
    assert_int_equal(o.err, ERR_OK);
    assert_string_equal(o.body.name, "n");
    assert_string_equal(o.body.note, "x");
    assert_int_equal(o.body.role, 1);
    assert_int_equal(o.body.store_count, 2);
    assert_string_equal(o.body.stores[1], "s2");
    doc_done(&o.doc);
}

static void test_reader__optional_members_absent_or_null__give_their_defaults(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"name\":\"n\",\"role\":\"admin\"}",
        "{\"name\":\"n\",\"role\":\"admin\",\"note\":null,\"stores\":null}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct outcome o = read_body(cases[i]);
        assert_int_equal(o.err, ERR_OK);
        assert_null(o.body.note);
        assert_int_equal(o.body.store_count, 0);
        doc_done(&o.doc);
    }
}

static void test_reader__one_wrong_member__is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pointer;
    } cases[] = {
        {"{\"role\":\"admin\"}", "/name"},
        {"{\"role\":\"admin\",\"name\":null}", "/name"},
        {"{\"role\":\"admin\",\"name\":\"\"}", "/name"},
        {"{\"role\":\"admin\",\"name\":\"123456789\"}", "/name"},
        {"{\"role\":\"admin\",\"name\":5}", "/name"},
        {"{\"name\":\"n\"}", "/role"},
        {"{\"name\":\"n\",\"role\":\"root\"}", "/role"},
        {"{\"name\":\"n\",\"role\":1}", "/role"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"note\":[]}", "/note"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":\"s1\"}", "/stores"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[\"1\",\"2\",\"3\",\"4\"]}", "/stores"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[\"1\",\"23456\"]}", "/stores/1"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[null]}", "/stores/0"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[\"s1\"]}", "/stores"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"a/b\":1}", "/a~1b"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"nane\":\"n\"}", "/nane"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"nane\":null}", "/nane"},
        {"{\"name\":5,\"role\":\"root\",\"x\":1}", "/name"}, /* the first one */
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].text);
        struct outcome o = read_body(cases[i].text);
        assert_int_equal(o.err, ERR_INVALID);
        assert_string_equal(o.fault.pointer, cases[i].pointer);
        assert_true(strlen(o.fault.detail) > 0);
        doc_done(&o.doc);
    }
}

static void test_reader_bool__table(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool absent, expected;
        enum err err;
    } cases[] = {
        {"{\"a\":true}", false, true, ERR_OK},
        {"{\"a\":false}", true, false, ERR_OK},
        {"{}", true, true, ERR_OK},
        {"{\"a\":null}", false, false, ERR_OK},
        {"{\"a\":\"true\"}", true, false, ERR_INVALID},
        {"{\"a\":1}", true, false, ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct doc doc = {0};
        struct fault fault;
        struct reader reader;
        assert_int_equal(doc_parse(cases[i].text, strlen(cases[i].text), &doc, &fault), ERR_OK);
        reader_init(&reader, &doc, &fault);
        bool value = reader_bool(&reader, "a", cases[i].absent);
        assert_int_equal(reader_finish(&reader), cases[i].err);
        if (cases[i].err == ERR_OK)
            assert_int_equal(value, cases[i].expected);
        else
            assert_string_equal(fault.pointer, "/a");
        doc_done(&doc);
    }
}

static void test_doc_parse__broken_text__is_unparsable(void **state)
{
    (void)state;
    struct outcome o = read_body("{\"name\":");
    assert_int_equal(o.err, ERR_UNPARSABLE);
    assert_string_equal(o.fault.pointer, "");
    doc_done(&o.doc);
}

static void test_reader_has__null_member__is_not_there_but_known(void **state)
{
    (void)state;
    const char *text = "{\"a\":null,\"b\":1}";
    struct doc doc = {0};
    struct fault fault;
    assert_int_equal(doc_parse(text, strlen(text), &doc, &fault), ERR_OK);
    struct reader reader;
    reader_init(&reader, &doc, &fault);
    assert_false(reader_has(&reader, "a"));
    assert_true(reader_has(&reader, "b"));
    assert_false(reader_has(&reader, "c"));
    assert_int_equal(reader_finish(&reader), ERR_OK);
    doc_done(&doc);
}

static void test_reader_number__whole_ones__are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool read;
        enum err err;
        int64_t value;
    } cases[] = {
        {"{\"n\":7}", true, ERR_OK, 7},          {"{\"n\":0}", true, ERR_OK, 0},
        {"{\"n\":9.0}", true, ERR_OK, 9},        {"{}", false, ERR_OK, -1},
        {"{\"n\":null}", false, ERR_OK, -1},     {"{\"n\":[1]}", false, ERR_OK, -1},
        {"{\"n\":10}", false, ERR_INVALID, -1},  {"{\"n\":-1}", false, ERR_INVALID, -1},
        {"{\"n\":1.5}", false, ERR_INVALID, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct doc doc = {0};
        struct fault fault;
        struct reader reader;
        int64_t value = -1;
        print_message("%s\n", cases[i].text);
        assert_int_equal(doc_parse(cases[i].text, strlen(cases[i].text), &doc, &fault), ERR_OK);
        reader_init(&reader, &doc, &fault);
        assert_int_equal(reader_number(&reader, "n", 9, &value), cases[i].read);
        assert_int_equal(value, cases[i].value);
        assert_int_equal(reader_finish(&reader), cases[i].err);
        if (cases[i].err != ERR_OK)
            assert_string_equal(fault.pointer, "/n");
        doc_done(&doc);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_reader__all_members__are_read),
        unit(test_reader__optional_members_absent_or_null__give_their_defaults),
        unit(test_reader__one_wrong_member__is_named),
        unit(test_reader_bool__table),
        unit(test_doc_parse__broken_text__is_unparsable),
        unit(test_reader_number__whole_ones__are_read),
        unit(test_reader_has__null_member__is_not_there_but_known),
    };
    return cmocka_run_group_tests_name("json/doc", tests, NULL, NULL);
}
