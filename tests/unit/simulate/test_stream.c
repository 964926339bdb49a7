#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/arena.h"
#include "domain/fact.h"
#include "simulate/stream.h"
#include "json/event.h"

#define TEXT_MAX ((size_t)32 * 1024 * 1024)
#define LINES_MAX 80000
#define ALIVE_LINES 3 /* one a feed, at the end */
/* 2026-11-20 12:34:56.500 in Shanghai. */
#define UNTIL INT64_C(1795149296500000)

static struct stream_options options_of(uint64_t seed)
{
    return (struct stream_options){
        .store = "demo",
        .seed = seed,
        .until = {UNTIL},
        .days = 10,
        .orders_per_day = 420,
        .sales = sales_shown(day_of(UNTIL / US_PER_SECOND)),
    };
}

/* The whole feed, read in pieces of `piece` bytes. */
static char *feed_of(const struct stream_options *options, size_t piece)
{
    struct stream stream;
    struct buf text;
    char *data = malloc(piece);
    size_t len = 0;

    assert_non_null(data);
    buf_init(&text, TEXT_MAX);
    assert_int_equal(stream_init(&stream, options), ERR_OK);
    do {
        assert_int_equal(stream_read(&stream, data, piece, &len), ERR_OK);
        buf_append(&text, data, len);
    } while (len > 0);
    stream_done(&stream);
    free(data);
    assert_false(buf_failed(&text));
    return buf_take(&text, &len);
}

/* Cuts the text into its lines; the last one must be whole too. */
static size_t lines_of(char *text, char **ret_lines)
{
    size_t count = 0;

    for (char *end; *text != '\0'; text = end + 1) {
        end = strchr(text, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_true(count < LINES_MAX);
        ret_lines[count++] = text;
    }
    return count;
}

static const char *member(json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL)
        fail_msg("no %s", name);
    return text;
}

static void assert_not_after_until(const char *time)
{
    struct instant instant = INSTANT_NEVER;

    assert_int_equal(instant_parse(time, strlen(time), &instant, NULL), ERR_OK);
    assert_true(instant.us <= UNTIL);
}

static void test_stream__same_options__same_bytes(void **state)
{
    struct stream_options options = options_of(7);
    char *one = feed_of(&options, 64 * 1024);
    char *two = feed_of(&options, 1000);

    (void)state;
    assert_true(strlen(one) > 1000000);
    assert_int_equal(strcmp(one, two), 0);
    free(one);
    free(two);
}

static void test_stream__other_seed__other_bytes(void **state)
{
    struct stream_options options = options_of(7);
    struct stream_options other = options_of(8);
    char *one = feed_of(&options, 64 * 1024);
    char *two = feed_of(&other, 64 * 1024);

    (void)state;
    assert_int_not_equal(strcmp(one, two), 0);
    free(one);
    free(two);
}

/* Every line is an event of the contract that a service takes whose clock stands at `until`. */
static void test_stream__each_line__is_an_event_not_after_until(void **state)
{
    struct stream_options options = options_of(1);
    char *text = feed_of(&options, 64 * 1024);
    char **lines = calloc(LINES_MAX, sizeof *lines);
    size_t count;

    (void)state;
    assert_non_null(lines);
    count = lines_of(text, lines);
    assert_true(count > 10000);
    for (size_t i = 0; i < count; i++) {
        json_t *event = json_loads(lines[i], JSON_REJECT_DUPLICATES, NULL);
        json_t *data = json_object_get(event, "data");
        json_t *paid = json_object_get(data, "paid_at");

        assert_non_null(event);
        assert_string_equal(member(event, "specversion"), "1.0");
        assert_string_equal(member(data, "store"), "demo");
        assert_true(strlen(member(event, "id")) <= 200);
        assert_not_after_until(member(event, "time"));
        if (paid != NULL)
            assert_not_after_until(json_string_value(paid));
        if (strncmp(member(event, "type"), "order.", 6) == 0)
            assert_true(strlen(member(data, "order")) > 0);
        json_decref(event);
    }
    free(lines);
    free(text);
}

/* The oddities of a real feed are all there. */
static void test_stream__demo__has_every_oddity(void **state)
{
    static const char *const oddities[] = {
        "\"type\":\"order.placed\"",
        "\"type\":\"order.paid\"",
        "\"type\":\"order.promised\"",
        "\"type\":\"order.shipped\"",
        "\"type\":\"order.collected\"",
        "\"type\":\"order.delivered\"",
        "\"type\":\"event.retracted\"",
        "\"by\":\"buyer\"",
        "\"by\":\"platform\"",
        "\"by\":\"merchant\"",
        "\"payment\":\"cod\"",
        "\"presale_until\":",
        "\"parcels\":2",
        "\"parcels\":3",
        "\"fulfilment\":\"platform\"",
        "\"fulfilment\":\"pickup\"",
        "\"fulfilment\":\"virtual\"",
        "\"test\":true",
        "\"promised_at\":",
        "\"feed\":\"orders\",\"through\":",
        "\"feed\":\"collections\",\"through\":",
        "\"feed\":\"tickets\",\"through\":",
        "\"deliver_by\":",
        "\"waybill\":",
        "\"quantity\":2",
        "\"type\":\"order.reviewed\"",
        "\"type\":\"review.excluded\"",
        ".reviewed.2\"",
        "\"default\":true",
        "\"left_message\":true",
        "\"full_refund\":true",
        "\"full_refund\":false",
        "\"cost\":{\"amount\":",
        "\"won\":true",
        "\"won\":false",
    };
    struct stream_options options = options_of(1);
    char *text;

    (void)state;
    options.days = 35;
    text = feed_of(&options, 64 * 1024);
    for (size_t i = 0; i < sizeof oddities / sizeof oddities[0]; i++) {
        if (strstr(text, oddities[i]) == NULL)
            fail_msg("no %s", oddities[i]);
    }
    free(text);
}

/* Every type of ticket event, and every word that one can say, is there. */
static void test_stream__demo__has_the_whole_vocabulary_of_tickets(void **state)
{
    struct stream_options options = options_of(1);
    char *text;

    (void)state;
    options.days = 35;
    text = feed_of(&options, 64 * 1024);
    for (int kind = 0; kind < FACT_KINDS; kind++) {
        char wanted[64];
        const char *word;

        if (fact_entity((enum fact_kind)kind) != ENTITY_TICKET || fact_is_own((enum fact_kind)kind))
            continue;
        snprintf(wanted, sizeof wanted, "\"type\":\"%s\"", fact_type((enum fact_kind)kind));
        if (strstr(text, wanted) == NULL)
            fail_msg("no %s", wanted);
        for (int value = 1; (word = fact_word((enum fact_kind)kind, value)) != NULL; value++) {
            snprintf(wanted, sizeof wanted, ":\"%s\"", word);
            if (strstr(text, wanted) == NULL)
                fail_msg("no %s", wanted);
        }
    }
    free(text);
}

/* The decoder of the service takes every line: no member of another type, no unknown word. */
static void test_stream__each_line__decodes(void **state)
{
    struct stream_options options = options_of(2);
    char *text = feed_of(&options, 64 * 1024);
    struct instant now = {UNTIL};

    (void)state;
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        struct arena arena;
        struct event event;
        struct fault fault = {0};

        end = strchr(line, '\n');
        arena_init(&arena);
        if (event_decode(line, (size_t)(end - line), now, &arena, &event, &fault) != ERR_OK)
            fail_msg("%s %s: %.300s", fault.pointer, fault.detail, line);
        assert_int_not_equal(event.class, EVENT_UNKNOWN);
        arena_done(&arena);
    }
    free(text);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of two lines with one identity, both are the same: duplicates, never conflicts. The identity
 * stands at the head of the line. */
static void test_stream__same_identity__same_line(void **state)
{
    struct stream_options options = options_of(1);
    char *text = feed_of(&options, 64 * 1024);
    char **lines = calloc(LINES_MAX, sizeof *lines);
    size_t count, twice = 0;

    (void)state;
    assert_non_null(lines);
    count = lines_of(text, lines);
    qsort(lines, count, sizeof *lines, compare_lines);
    for (size_t i = 1; i < count; i++) {
        const char *end = strstr(lines[i], ",\"type\"");

        assert_non_null(end);
        if (strncmp(lines[i - 1], lines[i], (size_t)(end - lines[i])) != 0)
            continue;
        assert_string_equal(lines[i - 1], lines[i]);
        twice++;
    }
    assert_true(twice > 0);
    free(lines);
    free(text);
}

/* A later run over the same days holds every line of an earlier one but the three that say how far
 * it went. */
static void test_stream__later_run__holds_the_earlier_lines(void **state)
{
    struct stream_options options = options_of(1);
    char *early = feed_of(&options, 64 * 1024);
    char *late;
    char **lines = calloc(LINES_MAX, sizeof *lines);
    size_t count;

    (void)state;
    assert_non_null(lines);
    options.until.us += 3 * US_PER_HOUR;
    late = feed_of(&options, 64 * 1024);
    count = lines_of(early, lines);
    assert_true(strlen(late) > strlen(early));
    for (size_t i = 0, at = 0; i + ALIVE_LINES < count; i++) {
        size_t len = strlen(lines[i]);

        assert_int_equal(strncmp(late + at, lines[i], len), 0);
        at += len + 1;
    }
    free(lines);
    free(early);
    free(late);
}

static void test_stream__store_with_quotes__escaped(void **state)
{
    struct stream_options options = options_of(1);
    char *text;
    json_t *event;

    (void)state;
    options.store = "a\"b\\";
    options.days = 1;
    text = feed_of(&options, 64 * 1024);
    event = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(event);
    assert_string_equal(member(json_object_get(event, "data"), "store"), "a\"b\\");
    json_decref(event);
    free(text);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream__same_options__same_bytes),
        cmocka_unit_test(test_stream__other_seed__other_bytes),
        cmocka_unit_test(test_stream__each_line__is_an_event_not_after_until),
        cmocka_unit_test(test_stream__demo__has_every_oddity),
        cmocka_unit_test(test_stream__demo__has_the_whole_vocabulary_of_tickets),
        cmocka_unit_test(test_stream__each_line__decodes),
        cmocka_unit_test(test_stream__same_identity__same_line),
        cmocka_unit_test(test_stream__later_run__holds_the_earlier_lines),
        cmocka_unit_test(test_stream__store_with_quotes__escaped),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("simulate/stream", tests, NULL, NULL);
}
