#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "json/doc.h"
#include "json/event.h"

/* 2024-01-02T00:00:00Z */
static const struct instant now = {INT64_C(1704153600000000)};
#define DAY_BEFORE (now.us - 24 * US_PER_HOUR)

static struct arena arena;
static struct event event;

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

#define DECODE(type, members)                                                                      \
    decode("{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"oms\",\"type\":\"" type "\","      \
           "\"time\":\"2024-01-01T00:00:00Z\",\"data\":{\"store\":\"s1\",\"order\":\"A1\"" members \
           "}}")

static const struct fact *decode(const char *text)
{
    struct fault fault = {0};
    enum err err = event_decode(text, strlen(text), now, &arena, &event, &fault);
    print_message("%s %s\n", fault.pointer, fault.detail);
    assert_int_equal(err, ERR_OK);
    assert_int_equal(event.class, EVENT_ORDER);
    assert_string_equal(event.order, "A1");
    return &event.fact;
}

static void test_event_order__placed_without_attributes__has_the_defaults(void **state)
{
    (void)state;
    const struct fact *fact = DECODE("order.placed", "");
    assert_int_equal(fact->kind, FACT_PLACED);
    assert_int_equal(fact->at.us, DAY_BEFORE);
    assert_true(instant_is_never(fact->retracted_at));
    assert_string_equal(fact->source, "oms");
    assert_string_equal(fact->id, "e1");
    assert_int_equal(fact->payment, PAYMENT_PREPAID);
    assert_int_equal(fact->fulfilment, FULFILMENT_MERCHANT);
    assert_false(fact->test);
    assert_int_equal(fact->parcels, 1);
    assert_true(instant_is_never(fact->paid_at));
    assert_true(instant_is_never(fact->presale_until));
    assert_true(instant_is_never(fact->promised_at));
    assert_null(fact->parcel);
    assert_int_equal(fact->by, ACTOR_NONE);
}

static void test_event_order__placed_with_attributes__has_them(void **state)
{
    (void)state;
    const struct fact *fact =
        DECODE("order.placed", ",\"payment\":\"cod\",\"paid_at\":\"2024-01-01T12:00:00Z\","
                               "\"presale_until\":\"2024-03-01T00:00:00Z\","
                               "\"promised_at\":\"2024-03-02T00:00:00Z\","
                               "\"fulfilment\":\"pickup\",\"test\":true,\"parcels\":3");
    assert_int_equal(fact->payment, PAYMENT_COD);
    assert_int_equal(fact->fulfilment, FULFILMENT_PICKUP);
    assert_true(fact->test);
    assert_int_equal(fact->parcels, 3);
    assert_int_equal(fact->paid_at.us, DAY_BEFORE + 12 * US_PER_HOUR);
    assert_int_equal(fact->presale_until.us, now.us + 59 * 24 * US_PER_HOUR);
    assert_int_equal(fact->promised_at.us, now.us + 60 * 24 * US_PER_HOUR);
}

static void test_event_order__platform_fulfilment__is_told_from_the_others(void **state)
{
    (void)state;
    assert_int_equal(DECODE("order.placed", ",\"fulfilment\":\"platform\"")->fulfilment,
                     FULFILMENT_PLATFORM);
    assert_int_equal(DECODE("order.placed", ",\"fulfilment\":\"virtual\"")->fulfilment,
                     FULFILMENT_VIRTUAL);
    assert_int_equal(DECODE("order.placed", ",\"fulfilment\":\"merchant\"")->fulfilment,
                     FULFILMENT_MERCHANT);
}

static void test_event_order__parcel_events__carry_their_parcel(void **state)
{
    (void)state;
    const struct fact *fact = DECODE("order.collected", ",\"parcel\":\"p1\"");
    assert_int_equal(fact->kind, FACT_COLLECTED);
    assert_string_equal(fact->parcel, "p1");
    fact = DECODE("order.delivered", "");
    assert_int_equal(fact->kind, FACT_DELIVERED);
    assert_null(fact->parcel);
    fact = DECODE("order.shipped", ",\"parcel\":\"p2\"");
    assert_int_equal(fact->kind, FACT_SHIPPED);
    assert_string_equal(fact->parcel, "p2");
    assert_true(instant_is_never(fact->paid_at));
}

static void test_event_order__other_kinds__carry_their_value(void **state)
{
    (void)state;
    assert_int_equal(DECODE("order.paid", "")->kind, FACT_PAID);
    const struct fact *fact = DECODE("order.promised", ",\"promised_at\":\"2024-01-02T01:00:00Z\"");
    assert_int_equal(fact->kind, FACT_PROMISED);
    assert_int_equal(fact->promised_at.us, now.us + US_PER_HOUR);
    fact = DECODE("order.cancelled", "");
    assert_int_equal(fact->kind, FACT_CANCELLED);
    assert_int_equal(fact->by, ACTOR_NONE);
    assert_int_equal(DECODE("order.cancelled", ",\"by\":\"buyer\"")->by, ACTOR_BUYER);
    assert_int_equal(DECODE("order.cancelled", ",\"by\":\"merchant\"")->by, ACTOR_MERCHANT);
    assert_int_equal(DECODE("order.cancelled", ",\"by\":\"platform\"")->by, ACTOR_PLATFORM);
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_event_order__placed_without_attributes__has_the_defaults),
        unit(test_event_order__placed_with_attributes__has_them),
        unit(test_event_order__platform_fulfilment__is_told_from_the_others),
        unit(test_event_order__parcel_events__carry_their_parcel),
        unit(test_event_order__other_kinds__carry_their_value),
    };
    return cmocka_run_group_tests_name("json/event_order", tests, NULL, NULL);
}
