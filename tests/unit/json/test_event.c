#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "domain/limits.h"
#include "json/doc.h"
#include "json/event.h"

/* The envelope and the transport forms. The rules of `data` are tested in test_event_data.c, the
 * facts in test_event_fact.c. */

/* 2024-01-02T00:00:00Z */
static const struct instant now = {INT64_C(1704153600000000)};

static struct arena arena;
static struct event event;
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

static enum err decode(const char *text)
{
    fault = (struct fault){0};
    return event_decode(text, strlen(text), now, &arena, &event, &fault);
}

#define ID50 "01234567890123456789012345678901234567890123456789"
#define ID200 ID50 ID50 ID50 ID50
#define DATA "\"data\":{\"store\":\"s1\",\"order\":\"A1\"}"
#define TIME "\"time\":\"2024-01-01T10:00:00+08:00\""
#define HEAD "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"oms\","
#define PAID HEAD "\"type\":\"order.paid\"," TIME "," DATA "}"

static void test_event_decode__contract_example__is_read(void **state)
{
    (void)state;
    enum err err = decode(
        "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"oms\",\"type\":\"order.placed\","
        "\"time\":\"2024-01-01T10:00:00+08:00\",\"data\":{\"store\":\"s1\",\"order\":\"A1\","
        "\"paid_at\":\"2024-01-01T10:00:00+08:00\",\"lines\":[{\"sku\":\"K1\",\"quantity\":1}]}}");
    assert_int_equal(err, ERR_OK);
    assert_int_equal(event.class, EVENT_FACT);
    assert_string_equal(event.store, "s1");
    assert_string_equal(event.source, "oms");
    assert_string_equal(event.id, "e1");
    assert_string_equal(event.type, "order.placed");
    assert_string_equal(event.subject, "A1");
    assert_int_equal(event.feed, FEED_ORDERS);
    assert_int_equal(event.time.us, INT64_C(1704074400000000));
    assert_int_equal(event.at.us, event.time.us);
    assert_string_equal(event.data, "{\"lines\":[{\"quantity\":1,\"sku\":\"K1\"}],\"order\":\"A1\","
                                    "\"paid_at\":\"2024-01-01T10:00:00+08:00\",\"store\":\"s1\"}");
    assert_int_equal(event.data_len, strlen(event.data));
}

static void test_event_decode__digest__is_sha256_of_type_instant_and_canonical_data(void **state)
{
    (void)state;
    assert_int_equal(decode(PAID), ERR_OK);
    const char *expected = "order.paid\n1704074400000000\n{\"order\":\"A1\",\"store\":\"s1\"}";
    uint8_t digest[SHA256_SIZE];
    sha256(&(struct digest_part){expected, strlen(expected)}, 1, digest);
    assert_memory_equal(event.digest, digest, EVENT_DIGEST_SIZE);
}

static void test_event_decode__same_statement_spelled_otherwise__has_the_same_digest(void **state)
{
    (void)state;
#define REVIEW(time, data)                                                                         \
    HEAD "\"type\":\"order.reviewed\",\"time\":\"" time "\",\"data\":" data "}"
    static const char *const cases[] = {
        REVIEW("2024-01-01T02:00:00Z",
               "{\"store\":\"s1\",\"review\":\"r\",\"stars\":{\"product\":5},\"x\":10}"),
        REVIEW("2024-01-01T10:00:00.0000009+08:00",
               "{ \"x\": 1e1, \"stars\": {\"product\": 5.0}, \"review\":\"\\u0072\", "
               "\"store\":\"s1\", \"order\":null }"),
        "{\"data\":{\"review\":\"r\",\"stars\":{\"product\":5},\"store\":\"s1\",\"x\":10.0},"
        "\"time\":\"2024-01-01T02:00:00z\",\"type\":\"order.reviewed\",\"source\":\"other\","
        "\"id\":\"e2\",\"specversion\":\"1.0\",\"datacontenttype\":\"application/json\","
        "\"traceparent\":7}",
    };
    uint8_t first[EVENT_DIGEST_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i]);
        assert_int_equal(decode(cases[i]), ERR_OK);
        if (i == 0)
            memcpy(first, event.digest, sizeof first);
        assert_memory_equal(event.digest, first, sizeof first);
    }
}

static void test_event_decode__another_statement__has_another_digest(void **state)
{
    (void)state;
    static const char *const cases[] = {
        PAID,
        HEAD "\"type\":\"order.delivered\"," TIME "," DATA "}",
        HEAD "\"type\":\"order.paid\",\"time\":\"2024-01-01T10:00:00.000001+08:00\"," DATA "}",
        HEAD "\"type\":\"order.paid\"," TIME ",\"data\":{\"store\":\"s1\",\"order\":\"A2\"}}",
        HEAD "\"type\":\"order.paid\"," TIME
             ",\"data\":{\"store\":\"s1\",\"order\":\"A1\",\"unknown\":1}}",
        HEAD "\"type\":\"order.paid\"," TIME
             ",\"data\":{\"store\":\"s1\",\"order\":\"A1\",\"unknown\":\"1\"}}",
    };
    enum { COUNT = sizeof cases / sizeof cases[0] };
    uint8_t digests[COUNT][EVENT_DIGEST_SIZE];
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(decode(cases[i]), ERR_OK);
        memcpy(digests[i], event.digest, EVENT_DIGEST_SIZE);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(digests[i], digests[j], EVENT_DIGEST_SIZE);
    }
}

static void test_event_decode__faulty_envelope__names_the_first_faulty_member(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pointer;
    } cases[] = {
        {"[]", ""},
        {"{}", "/specversion"},
        {"{\"specversion\":1.0}", "/specversion"},
        {"{\"specversion\":\"0.3\"}", "/specversion"},
        {"{\"specversion\":\"1.0\"}", "/id"},
        {"{\"specversion\":\"1.0\",\"id\":\"\"}", "/id"},
        {"{\"specversion\":\"1.0\",\"id\":5}", "/id"},
        {"{\"specversion\":\"1.0\",\"id\":\"x" ID200 "\"}", "/id"},
        {"{\"specversion\":\"1.0\",\"id\":\"" ID200 "\"}", "/source"},
        {"{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":null}", "/source"},
        {"{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"x" ID200 "\"}", "/source"},
        {HEAD "\"type\":\"\"}", "/type"},
        {HEAD "\"type\":\"x" ID200 "\"}", "/type"},
        {HEAD "\"type\":\"order.paid\"}", "/time"},
        {HEAD "\"type\":\"order.paid\",\"time\":1704074400}", "/time"},
        {HEAD "\"type\":\"order.paid\",\"time\":\"2024-01-01T10:00:00\"," DATA "}", "/time"},
        {HEAD "\"type\":\"order.paid\",\"time\":\"1999-01-01T10:00:00Z\"," DATA "}", "/time"},
        {HEAD "\"type\":\"order.paid\"," TIME "}", "/data"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"data\":null}", "/data"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"data\":\"{}\"}", "/data"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"data\":[]}", "/data"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"data_base64\":\"e30=\"}", "/data_base64"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"datacontenttype\":\"text/xml\"," DATA "}",
         "/datacontenttype"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"datacontenttype\":\"application/jsonx\"," DATA
              "}",
         "/datacontenttype"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"datacontenttype\":5," DATA "}",
         "/datacontenttype"},
        {HEAD "\"type\":\"order.paid\"," TIME ",\"data\":{\"order\":\"A1\"}}", "/data/store"},
        {HEAD "\"type\":\"no.such\"," TIME ",\"data\":{}}", "/data/store"},
        {HEAD "\"type\":\"no.such\"," TIME ",\"data\":{\"store\":5}}", "/data/store"},
        {"{\"data\":5,\"time\":5,\"type\":5,\"source\":5,\"id\":5,\"specversion\":\"1.0\"}", "/id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%.120s\n", cases[i].text);
        assert_int_equal(decode(cases[i].text), ERR_INVALID);
        assert_string_equal(fault.pointer, cases[i].pointer);
        assert_true(strlen(fault.detail) > 0);
    }
}

static void test_event_decode__content_type_with_parameters__is_accepted(void **state)
{
    (void)state;
    assert_int_equal(decode(HEAD "\"type\":\"order.paid\"," TIME
                                 ",\"datacontenttype\":\"Application/JSON; charset=utf-8\"," DATA
                                 "}"),
                     ERR_OK);
}

static void test_event_decode__ids_of_200_bytes_and_any_characters__are_accepted(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"specversion\":\"1.0\",\"id\":\"" ID200 "\",\"source\":"
                            "\"/a b\\t\xe9\xa3\x8e\",\"type\":\"order.paid\"," TIME "," DATA "}"),
                     ERR_OK);
    assert_int_equal(strlen(event.id), 200);
    assert_string_equal(event.source, "/a b\t\xe9\xa3\x8e");
}

static void test_event_decode__ahead_of_the_clock__is_invalid_beyond_five_minutes(void **state)
{
    (void)state;
    static const struct {
        const char *time;
        enum err err;
    } cases[] = {
        {"2024-01-02T00:05:00Z", ERR_OK},
        {"2024-01-02T00:05:00.000001Z", ERR_INVALID},
    };
    for (size_t i = 0; i < 2; i++) {
        char text[300];
        (void)snprintf(text, sizeof text, HEAD "\"type\":\"order.paid\",\"time\":\"%s\"," DATA "}",
                       cases[i].time);
        assert_int_equal(decode(text), cases[i].err);
        if (cases[i].err) {
            assert_string_equal(fault.pointer, "/time");
        } else {
            assert_int_equal(event.at.us, now.us);
            assert_int_equal(event.time.us, now.us + 300 * US_PER_SECOND);
            assert_int_equal(event.fact.at.us, now.us);
        }
    }
}

static void test_event_decode__invalid_event__is_still_named(void **state)
{
    (void)state;
    assert_int_equal(decode(HEAD "\"type\":\"order.paid\"," TIME ",\"data\":{\"store\":\"s1\"}}"),
                     ERR_INVALID);
    assert_string_equal(event.id, "e1");
    assert_string_equal(event.source, "oms");
    assert_string_equal(event.store, "s1");
    assert_int_equal(decode("{\"source\":\"oms\",\"id\":7,\"data\":{\"store\":[]}}"), ERR_INVALID);
    assert_null(event.id);
    assert_string_equal(event.source, "oms");
    assert_null(event.store);
}

static void test_event_decode__broken_text__is_unparsable(void **state)
{
    (void)state;
    assert_int_equal(decode("{\"specversion\":\"1.0\""), ERR_UNPARSABLE);
    assert_string_equal(fault.pointer, "");
    assert_int_equal(decode("{\"id\":\"a\",\"id\":\"a\"}"), ERR_UNPARSABLE);
    assert_int_equal(decode("{\"id\":\"\\u0000\"}"), ERR_UNPARSABLE);
}

static void test_event_decode__more_than_the_limit__is_too_large(void **state)
{
    (void)state;
    size_t len = EVENT_MAX_BYTES + 1;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, PAID, sizeof PAID - 1);
    assert_int_equal(event_decode(text, len, now, &arena, &event, &fault), ERR_TOO_LARGE);
    assert_int_equal(event_decode(text, len - 1, now, &arena, &event, &fault), ERR_OK);
    free(text);
}

static void test_event_decode__retraction__names_its_target(void **state)
{
    (void)state;
    assert_int_equal(decode(HEAD "\"type\":\"event.retracted\"," TIME
                                 ",\"data\":{\"store\":\"s1\",\"source\":\"wms\",\"id\":\"e0\"}}"),
                     ERR_OK);
    assert_int_equal(event.class, EVENT_RETRACTION);
    assert_int_equal(event.feed, FEED_NONE);
    assert_string_equal(event.target_source, "wms");
    assert_string_equal(event.target_id, "e0");
}

static void test_event_decode__feed_alive__through_is_never_ahead(void **state)
{
    (void)state;
#define ALIVE(feed, through)                                                                       \
    HEAD "\"type\":\"feed.alive\"," TIME ",\"data\":{\"store\":\"s1\",\"feed\":\"" feed            \
         "\",\"through\":\"" through "\"}}"
    assert_int_equal(decode(ALIVE("collections", "2024-01-01T12:00:00Z")), ERR_OK);
    assert_int_equal(event.class, EVENT_ALIVE);
    assert_int_equal(event.feed, FEED_COLLECTIONS);
    assert_int_equal(event.through.us, now.us - 12 * US_PER_HOUR);
    assert_int_equal(decode(ALIVE("tickets", "2030-01-01T00:00:00Z")), ERR_OK);
    assert_int_equal(event.feed, FEED_TICKETS);
    assert_int_equal(event.through.us, now.us);
    assert_int_equal(decode(ALIVE("orders", "2024-01-01T12:00:00Z")), ERR_OK);
    assert_int_equal(event.feed, FEED_ORDERS);
    assert_int_equal(decode(ALIVE("reviews", "2024-01-01T12:00:00Z")), ERR_INVALID);
    assert_string_equal(fault.pointer, "/data/feed");
}

static void test_event_decode__unknown_type__is_kept(void **state)
{
    (void)state;
    assert_int_equal(
        decode(HEAD "\"type\":\"stock.moved\"," TIME ",\"data\":{\"store\":\"s1\",\"order\":7}}"),
        ERR_OK);
    assert_int_equal(event.class, EVENT_UNKNOWN);
    assert_int_equal(event.feed, FEED_NONE);
    assert_string_equal(event.type, "stock.moved");
    assert_string_equal(event.data, "{\"order\":7,\"store\":\"s1\"}");
}

/* Binary mode. */

static enum err decode_binary(const struct event_attributes *attributes, const char *data)
{
    fault = (struct fault){0};
    return event_decode_binary(attributes, data, strlen(data), now, &arena, &event, &fault);
}

static const struct event_attributes paid_headers = {
    .specversion = "1.0",
    .id = "e1",
    .source = "oms",
    .type = "order.paid",
    .time = "2024-01-01T10:00:00+08:00",
};

static void test_event_decode_binary__same_event__has_the_same_digest(void **state)
{
    (void)state;
    assert_int_equal(decode(PAID), ERR_OK);
    struct event structured = event;
    assert_int_equal(decode_binary(&paid_headers, "{\"order\":\"A1\",\"store\":\"s1\"}"), ERR_OK);
    assert_memory_equal(event.digest, structured.digest, EVENT_DIGEST_SIZE);
    assert_string_equal(event.id, "e1");
    assert_string_equal(event.subject, "A1");
}

static void test_event_decode_binary__faulty_header__is_named(void **state)
{
    (void)state;
    struct event_attributes headers = paid_headers;
    headers.id = "\xff";
    assert_int_equal(decode_binary(&headers, "{\"store\":\"s1\"}"), ERR_INVALID);
    assert_string_equal(fault.pointer, "/id");
    headers = paid_headers;
    headers.specversion = NULL;
    assert_int_equal(decode_binary(&headers, "{\"store\":\"s1\"}"), ERR_INVALID);
    assert_string_equal(fault.pointer, "/specversion");
    headers = paid_headers;
    headers.time = NULL;
    assert_int_equal(decode_binary(&headers, "{\"store\":\"s1\"}"), ERR_INVALID);
    assert_string_equal(fault.pointer, "/time");
    assert_string_equal(event.store, "s1");
}

static void test_event_decode_binary__faulty_body__is_named(void **state)
{
    (void)state;
    assert_int_equal(decode_binary(&paid_headers, "{\"store\":"), ERR_UNPARSABLE);
    assert_int_equal(decode_binary(&paid_headers, "[]"), ERR_INVALID);
    assert_string_equal(fault.pointer, "/data");
    assert_int_equal(decode_binary(&paid_headers, "{\"store\":\"s1\"}"), ERR_INVALID);
    assert_string_equal(fault.pointer, "/data/order");
}

/* Batches. */

static void test_event_decode_batch__good_and_bad__each_has_its_outcome(void **state)
{
    (void)state;
    const char *text =
        "[" PAID ",{\"specversion\":\"1.0\", \"source\":null, \"id\":\"e9\"},7," PAID "]";
    struct batch_element *elements;
    size_t count;
    assert_int_equal(event_decode_batch(text, strlen(text), now, &arena, &elements, &count, &fault),
                     ERR_OK);
    assert_int_equal(count, 4);
    assert_int_equal(elements[0].err, ERR_OK);
    assert_string_equal(elements[0].event.subject, "A1");
    assert_int_equal(elements[1].err, ERR_INVALID);
    assert_string_equal(elements[1].fault.pointer, "/source");
    assert_string_equal(elements[1].event.id, "e9");
    assert_string_equal(elements[1].text,
                        "{\"id\":\"e9\",\"source\":null,\"specversion\":\"1.0\"}");
    assert_int_equal(elements[1].text_len, strlen(elements[1].text));
    assert_int_equal(elements[2].err, ERR_INVALID);
    assert_string_equal(elements[2].fault.pointer, "");
    assert_string_equal(elements[2].text, "7");
    assert_int_equal(elements[3].err, ERR_OK);
    assert_memory_equal(elements[3].event.digest, elements[0].event.digest, EVENT_DIGEST_SIZE);
}

/* An event whose data nests so that the whole event is `depth` deep. */
static void put_deep(struct buf *text, int depth)
{
    buf_puts(text, HEAD "\"type\":\"order.paid\"," TIME
                        ",\"data\":{\"store\":\"s1\",\"order\":\"A1\",\"x\":");
    for (int i = 2; i < depth; i++)
        buf_putc(text, '[');
    for (int i = 2; i < depth; i++)
        buf_putc(text, ']');
    buf_puts(text, "}}");
}

static void test_event_decode__depth__is_that_of_the_event_in_every_transport_form(void **state)
{
    (void)state;
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        enum err expected = depth > JSON_MAX_DEPTH ? ERR_UNPARSABLE : ERR_OK;
        AUTO_BUF struct buf text;
        buf_init(&text, 1000);
        put_deep(&text, depth);
        assert_int_equal(decode(buf_text(&text)), expected);

        const char *data = strstr(buf_text(&text), "\"data\":") + strlen("\"data\":");
        enum err err =
            event_decode_binary(&paid_headers, data, strlen(data) - 1, now, &arena, &event, &fault);
        assert_int_equal(err, expected);

        AUTO_BUF struct buf batch;
        buf_init(&batch, 1000);
        buf_printf(&batch, "[%s]", buf_text(&text));
        struct batch_element *elements;
        size_t count;
        err =
            event_decode_batch(buf_text(&batch), batch.len, now, &arena, &elements, &count, &fault);
        assert_int_equal(err, expected);
    }
}

static void test_event_decode_batch__empty__has_no_elements(void **state)
{
    (void)state;
    struct batch_element *elements;
    size_t count = 9;
    assert_int_equal(event_decode_batch("[]", 2, now, &arena, &elements, &count, &fault), ERR_OK);
    assert_int_equal(count, 0);
}

static void test_event_decode_batch__no_array_or_broken__is_refused_whole(void **state)
{
    (void)state;
    struct batch_element *elements;
    size_t count;
    assert_int_equal(
        event_decode_batch(PAID, sizeof PAID - 1, now, &arena, &elements, &count, &fault),
        ERR_INVALID);
    assert_int_equal(event_decode_batch("[{]", 3, now, &arena, &elements, &count, &fault),
                     ERR_UNPARSABLE);
}

static void test_event_decode_batch__limit_of_events__is_kept(void **state)
{
    (void)state;
    char text[2 * (BATCH_MAX_EVENTS + 1) + 2];
    struct batch_element *elements;
    size_t count;
    for (size_t n = BATCH_MAX_EVENTS; n <= BATCH_MAX_EVENTS + 1; n++) {
        for (size_t i = 0; i < n; i++)
            memcpy(text + 2 * i, ",1", 2);
        text[0] = '[';
        text[2 * n] = ']';
        enum err err = event_decode_batch(text, 2 * n + 1, now, &arena, &elements, &count, &fault);
        assert_int_equal(err, n > BATCH_MAX_EVENTS ? ERR_TOO_LARGE : ERR_OK);
    }
}

/* The log. */

static void test_event_restore__stored_event__is_the_same_event(void **state)
{
    (void)state;
    assert_int_equal(decode(PAID), ERR_OK);
    struct event first = event;
    const struct event_record record = {
        .source = first.source,
        .id = first.id,
        .type = first.type,
        .time = first.time,
        .received_at = now,
        .data = first.data,
        .data_len = first.data_len,
    };
    assert_int_equal(event_restore(&record, &arena, &event, &fault), ERR_OK);
    assert_string_equal(event.store, "s1");
    assert_string_equal(event.subject, "A1");
    assert_int_equal(event.at.us, first.at.us);
    assert_int_equal(event.fact.kind, FACT_PAID);
    assert_string_equal(event.data, first.data);
    assert_memory_equal(event.digest, first.digest, EVENT_DIGEST_SIZE);
}

static void test_event_restore__stated_times_ahead__are_cut_at_received_at(void **state)
{
    (void)state;
    const char *data = "{\"order\":\"A1\",\"paid_at\":\"2024-01-09T00:00:00Z\",\"store\":\"s1\"}";
    const struct event_record record = {
        .source = "oms",
        .id = "e1",
        .type = "order.placed",
        .time = {now.us + US_PER_HOUR},
        .received_at = now,
        .data = data,
        .data_len = strlen(data),
    };
    assert_int_equal(event_restore(&record, &arena, &event, &fault), ERR_OK);
    assert_int_equal(event.at.us, now.us);
    assert_int_equal(event.fact.paid_at.us, now.us);
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_event_decode__contract_example__is_read),
        unit(test_event_decode__digest__is_sha256_of_type_instant_and_canonical_data),
        unit(test_event_decode__same_statement_spelled_otherwise__has_the_same_digest),
        unit(test_event_decode__another_statement__has_another_digest),
        unit(test_event_decode__faulty_envelope__names_the_first_faulty_member),
        unit(test_event_decode__content_type_with_parameters__is_accepted),
        unit(test_event_decode__ids_of_200_bytes_and_any_characters__are_accepted),
        unit(test_event_decode__ahead_of_the_clock__is_invalid_beyond_five_minutes),
        unit(test_event_decode__invalid_event__is_still_named),
        unit(test_event_decode__broken_text__is_unparsable),
        unit(test_event_decode__more_than_the_limit__is_too_large),
        unit(test_event_decode__retraction__names_its_target),
        unit(test_event_decode__feed_alive__through_is_never_ahead),
        unit(test_event_decode__unknown_type__is_kept),
        unit(test_event_decode_binary__same_event__has_the_same_digest),
        unit(test_event_decode_binary__faulty_header__is_named),
        unit(test_event_decode_binary__faulty_body__is_named),
        unit(test_event_decode_batch__good_and_bad__each_has_its_outcome),
        unit(test_event_decode__depth__is_that_of_the_event_in_every_transport_form),
        unit(test_event_decode_batch__empty__has_no_elements),
        unit(test_event_decode_batch__no_array_or_broken__is_refused_whole),
        unit(test_event_decode_batch__limit_of_events__is_kept),
        unit(test_event_restore__stored_event__is_the_same_event),
        unit(test_event_restore__stated_times_ahead__are_cut_at_received_at),
    };
    return cmocka_run_group_tests_name("json/event", tests, NULL, NULL);
}
