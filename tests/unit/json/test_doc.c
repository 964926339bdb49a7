#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "json/doc.h"

static const char *const roles[] = {"admin", "ingest", "merchant", NULL};

/* What a body of POST /v1/keys, with some more members, reads as. */
struct body {
    const char *name;
    const char *note;
    int role;
    int64_t count;
    bool test;
    struct instant from;
    struct instant to;
    size_t store_count;
    const char *stores[3];
    size_t item_count;
    const char *urls[2];
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
    if (outcome.err)
        return outcome;
    struct reader reader;
    reader_init(&reader, &outcome.doc, &outcome.fault);
    body->name = reader_text(&reader, "name", 8);
    body->note = reader_optional_text(&reader, "note", 8);
    body->role = reader_choice(&reader, "role", roles, READER_REQUIRED);
    body->count = reader_int(&reader, "count", 1, 10, 7);
    body->test = reader_bool(&reader, "test", false);
    body->store_count = reader_texts(&reader, "stores", 3, 4, body->stores);
    struct reader period;
    if (reader_object(&reader, "period", &period)) {
        body->from = reader_instant(&period, "from");
        body->to = reader_optional_instant(&period, "to");
        if (!instant_before(body->from, body->to))
            reader_fault(&period, "to", "must be after from");
    }
    reader_finish_child(&period);
    body->item_count = reader_items(&reader, "items", 2);
    for (size_t i = 0; i < body->item_count; i++) {
        struct reader item;
        reader_item(&reader, "items", i, &item);
        body->urls[i] = reader_text(&item, "url", 20);
        reader_finish_child(&item);
    }
    outcome.err = reader_finish(&reader);
    return outcome;
}

static void test_reader__all_members__are_read(void **state)
{
    (void)state;
    struct outcome o =
        read_body("{\"name\":\"n\",\"note\":\"x\",\"role\":\"ingest\",\"count\":3.0,\"test\":true,"
                  "\"stores\":[\"s1\",\"s2\"],\"period\":{\"from\":\"2024-01-01T00:00:00Z\"},"
                  "\"items\":[{\"url\":\"u1\"},{\"url\":\"u2\"}]}");
    assert_int_equal(o.err, ERR_OK);
    assert_string_equal(o.body.name, "n");
    assert_string_equal(o.body.note, "x");
    assert_int_equal(o.body.role, 1);
    assert_int_equal(o.body.count, 3);
    assert_true(o.body.test);
    assert_int_equal(o.body.store_count, 2);
    assert_string_equal(o.body.stores[1], "s2");
    assert_int_equal(o.body.from.us, INT64_C(1704067200000000));
    assert_true(instant_is_never(o.body.to));
    assert_int_equal(o.body.item_count, 2);
    assert_string_equal(o.body.urls[1], "u2");
    doc_done(&o.doc);
}

static void test_reader__optional_members_absent_or_null__give_their_defaults(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"name\":\"n\",\"role\":\"admin\"}",
        "{\"name\":\"n\",\"role\":\"admin\",\"note\":null,\"count\":null,\"test\":null,"
        "\"stores\":null,\"period\":null,\"items\":null}",
    };
    for (size_t i = 0; i < 2; i++) {
        struct outcome o = read_body(cases[i]);
        assert_int_equal(o.err, ERR_OK);
        assert_null(o.body.note);
        assert_int_equal(o.body.count, 7);
        assert_false(o.body.test);
        assert_int_equal(o.body.store_count, 0);
        assert_int_equal(o.body.item_count, 0);
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
        {"{\"name\":\"n\",\"role\":\"admin\",\"count\":0}", "/count"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"count\":11}", "/count"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"count\":1.5}", "/count"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"count\":\"3\"}", "/count"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"test\":1}", "/test"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":\"s1\"}", "/stores"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[\"1\",\"2\",\"3\",\"4\"]}", "/stores"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[\"1\",\"23456\"]}", "/stores/1"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"stores\":[null]}", "/stores/0"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":[]}", "/period"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":{}}", "/period/from"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":{\"from\":5}}", "/period/from"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":{\"from\":\"2024-01-01\"}}",
         "/period/from"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":{\"from\":\"2024-01-01T00:00:00Z\","
         "\"to\":\"2024-01-01T00:00:00Z\"}}",
         "/period/to"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"period\":{\"from\":\"2024-01-01T00:00:00Z\","
         "\"a/b\":1}}",
         "/period/a~1b"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"items\":{}}", "/items"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"items\":[{\"url\":\"u\"},3]}", "/items/1"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"items\":[{\"url\":\"u\"},{}]}", "/items/1/url"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"items\":[{\"url\":\"u\",\"x\":1}]}", "/items/0/x"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"nane\":\"n\"}", "/nane"},
        {"{\"name\":\"n\",\"role\":\"admin\",\"nane\":null}", "/nane"},
        {"{\"name\":5,\"role\":\"root\",\"x\":1}", "/name"}, /* the first one */
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s\n", cases[i].text);
        struct outcome o = read_body(cases[i].text);
        assert_int_equal(o.err, ERR_INVALID);
        assert_string_equal(o.fault.pointer, cases[i].pointer);
        assert_true(strlen(o.fault.detail) > 0);
        doc_done(&o.doc);
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

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_reader__all_members__are_read),
        unit(test_reader__optional_members_absent_or_null__give_their_defaults),
        unit(test_reader__one_wrong_member__is_named),
        unit(test_doc_parse__broken_text__is_unparsable),
        unit(test_reader_has__null_member__is_not_there_but_known),
    };
    return cmocka_run_group_tests_name("json/doc", tests, NULL, NULL);
}
