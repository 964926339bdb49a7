#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "json/doc.h"
#include "json/event.h"

/* What the fold takes from an event of each type. */

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

/* The fact of an event of the day before, whose data has the store and the given members, written
 * with ' for ". */
static const struct fact *decode(const char *type, const char *members)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 10000);
    buf_printf(&text,
               "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"oms\",\"type\":\"%s\","
               "\"time\":\"2024-01-01T00:00:00Z\",\"data\":{\"store\":\"s1\",%s}}",
               type, members);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            text.data[i] = '"';
    }
    struct fault fault = {0};
    enum err err = event_decode(buf_text(&text), text.len, now, &arena, &event, &fault);
    print_message("%s %s: %s %s\n", type, members, fault.pointer, fault.detail);
    assert_int_equal(err, ERR_OK);
    assert_int_equal(event.class, EVENT_FACT);
    return &event.fact;
}

static void test_event_fact__every_type__has_its_kind_and_subject(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
        enum fact_kind kind;
        const char *subject;
    } cases[] = {
        {"order.placed", "'order':'A1'", FACT_PLACED, "A1"},
        {"order.paid", "'order':'A1'", FACT_PAID, "A1"},
        {"order.promised", "'order':'A1','promised_at':'2024-01-05T00:00:00Z'", FACT_PROMISED,
         "A1"},
        {"order.shipped", "'order':'A1'", FACT_SHIPPED, "A1"},
        {"order.collected", "'order':'A1'", FACT_COLLECTED, "A1"},
        {"order.delivered", "'order':'A1'", FACT_DELIVERED, "A1"},
        {"order.cancelled", "'order':'A1'", FACT_CANCELLED, "A1"},
        {"order.reviewed", "'review':'r1','order':'A1','stars':{}", FACT_REVIEWED, "r1"},
        {"review.excluded", "'review':'r1','order':'A1'", FACT_EXCLUDED, "r1"},
        {"ticket.opened", "'ticket':'t1','order':'A1','kind':'chat'", FACT_OPENED, "t1"},
        {"ticket.asked", "'ticket':'t1'", FACT_ASKED, "t1"},
        {"ticket.replied", "'ticket':'t1'", FACT_REPLIED, "t1"},
        {"ticket.audited", "'ticket':'t1'", FACT_AUDITED, "t1"},
        {"ticket.buyer_shipped", "'ticket':'t1'", FACT_BUYER_SHIPPED, "t1"},
        {"ticket.received", "'ticket':'t1'", FACT_RECEIVED, "t1"},
        {"ticket.processed", "'ticket':'t1'", FACT_PROCESSED, "t1"},
        {"ticket.escalated", "'ticket':'t1'", FACT_ESCALATED, "t1"},
        {"ticket.ruled", "'ticket':'t1','liability':'none'", FACT_RULED, "t1"},
        {"ticket.appealed", "'ticket':'t1','won':false", FACT_APPEALED, "t1"},
        {"ticket.timed_out", "'ticket':'t1'", FACT_TIMED_OUT, "t1"},
        {"ticket.closed", "'ticket':'t1'", FACT_CLOSED, "t1"},
        {"ticket.reopened", "'ticket':'t1'", FACT_REOPENED, "t1"},
        {"ticket.rated", "'ticket':'t1','stars':5", FACT_RATED, "t1"},
    };
    size_t own = 0; /* which only the service itself states */
    for (int kind = 0; kind < FACT_KINDS; kind++)
        own += fact_is_own((enum fact_kind)kind);
    assert_int_equal(sizeof cases / sizeof cases[0], FACT_KINDS - own);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fact *fact = decode(cases[i].type, cases[i].members);
        assert_int_equal(fact->kind, cases[i].kind);
        assert_string_equal(event.subject, cases[i].subject);
        assert_string_equal(fact_type(fact->kind), cases[i].type);
        assert_int_equal(fact->at.us, DAY_BEFORE);
        assert_true(instant_is_never(fact->retracted_at));
        assert_string_equal(fact->source, "oms");
        assert_string_equal(fact->id, "e1");
    }
}

static void test_event_fact__value__is_that_of_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
        int value;
    } cases[] = {
        {"order.cancelled", "'order':'A1'", ACTOR_NONE},
        {"order.cancelled", "'order':'A1','by':null", ACTOR_NONE},
        {"order.cancelled", "'order':'A1','by':'buyer'", ACTOR_BUYER},
        {"order.cancelled", "'order':'A1','by':'merchant'", ACTOR_MERCHANT},
        {"order.cancelled", "'order':'A1','by':'platform'", ACTOR_PLATFORM},
        {"ticket.opened", "'ticket':'t','kind':'return'", TICKET_RETURN},
        {"ticket.opened", "'ticket':'t','kind':'exchange'", TICKET_EXCHANGE},
        {"ticket.opened", "'ticket':'t','kind':'repair'", TICKET_REPAIR},
        {"ticket.opened", "'ticket':'t','kind':'refund'", TICKET_REFUND},
        {"ticket.opened", "'ticket':'t','kind':'resend'", TICKET_RESEND},
        {"ticket.opened", "'ticket':'t','kind':'work_order'", TICKET_WORK_ORDER},
        {"ticket.opened", "'ticket':'t','kind':'chat'", TICKET_CHAT},
        {"ticket.opened", "'ticket':'t','kind':'dispute'", TICKET_DISPUTE},
        {"ticket.asked", "'ticket':'t','by':'human','outcome':'done','stars':3", 0},
        {"ticket.replied", "'ticket':'t'", REPLIER_NONE},
        {"ticket.replied", "'ticket':'t','by':'human'", REPLIER_HUMAN},
        {"ticket.replied", "'ticket':'t','by':'bot'", REPLIER_BOT},
        {"ticket.audited", "'ticket':'t'", AUDIT_NONE},
        {"ticket.audited", "'ticket':'t','outcome':'approved'", AUDIT_APPROVED},
        {"ticket.audited", "'ticket':'t','outcome':'rejected'", AUDIT_REJECTED},
        {"ticket.processed", "'ticket':'t'", PROCESS_NONE},
        {"ticket.processed", "'ticket':'t','outcome':'refunded'", PROCESS_REFUNDED},
        {"ticket.processed", "'ticket':'t','outcome':'exchanged'", PROCESS_EXCHANGED},
        {"ticket.processed", "'ticket':'t','outcome':'repaired'", PROCESS_REPAIRED},
        {"ticket.processed", "'ticket':'t','outcome':'resent'", PROCESS_RESENT},
        {"ticket.processed", "'ticket':'t','outcome':'compensated'", PROCESS_COMPENSATED},
        {"ticket.ruled", "'ticket':'t','liability':'merchant'", LIABLE_MERCHANT},
        {"ticket.ruled", "'ticket':'t','liability':'buyer'", LIABLE_BUYER},
        {"ticket.ruled", "'ticket':'t','liability':'both'", LIABLE_BOTH},
        {"ticket.ruled", "'ticket':'t','liability':'none'", LIABLE_NONE},
        {"ticket.appealed", "'ticket':'t','won':true", APPEAL_WON},
        {"ticket.appealed", "'ticket':'t','won':false", APPEAL_LOST},
        {"ticket.timed_out", "'ticket':'t'", PHASE_NONE},
        {"ticket.timed_out", "'ticket':'t','phase':'reply'", PHASE_REPLY},
        {"ticket.timed_out", "'ticket':'t','phase':'evidence'", PHASE_EVIDENCE},
        {"ticket.timed_out", "'ticket':'t','phase':'execution'", PHASE_EXECUTION},
        {"ticket.closed", "'ticket':'t'", CLOSE_NONE},
        {"ticket.closed", "'ticket':'t','outcome':'done'", CLOSE_DONE},
        {"ticket.closed", "'ticket':'t','outcome':'cancelled'", CLOSE_CANCELLED},
        {"ticket.closed", "'ticket':'t','outcome':'forced'", CLOSE_FORCED},
        {"ticket.closed", "'ticket':'t','outcome':'settled'", CLOSE_SETTLED},
        {"ticket.rated", "'ticket':'t','stars':1", 1},
        {"ticket.rated", "'ticket':'t','stars':5.0", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(decode(cases[i].type, cases[i].members)->value, cases[i].value);
}

static void test_event_fact__placed_without_attributes__has_the_defaults(void **state)
{
    (void)state;
    const struct fact *fact = decode("order.placed", "'order':'A1'");
    assert_int_equal(fact->payment, PAYMENT_PREPAID);
    assert_int_equal(fact->fulfilment, FULFILMENT_MERCHANT);
    assert_false(fact->test);
    assert_int_equal(fact->parcels, 1);
    assert_int_equal(fact->units, 1);
    assert_true(instant_is_never(fact->paid_at));
    assert_true(instant_is_never(fact->presale_until));
    assert_true(instant_is_never(fact->promised_at));
    assert_true(instant_is_never(fact->deliver_by));
    assert_null(fact->buyer);
    assert_null(fact->order);
    assert_null(fact->parcel);
    assert_false(fact->waybill);
    assert_int_equal(fact->value, 0);
}

static void test_event_fact__placed_with_attributes__has_them(void **state)
{
    (void)state;
    const struct fact *fact =
        decode("order.placed", "'order':'A1','payment':'cod','paid_at':'2024-01-01T12:00:00Z',"
                               "'presale_until':'2024-03-01T00:00:00Z',"
                               "'promised_at':'2024-03-02T00:00:00Z',"
                               "'deliver_by':'2024-03-03T08:00:00+08:00',"
                               "'fulfilment':'pickup','test':true,'parcels':3,'buyer':'b1'");
    assert_int_equal(fact->payment, PAYMENT_COD);
    assert_int_equal(fact->fulfilment, FULFILMENT_PICKUP);
    assert_true(fact->test);
    assert_int_equal(fact->parcels, 3);
    assert_int_equal(fact->paid_at.us, DAY_BEFORE + 12 * US_PER_HOUR);
    assert_int_equal(fact->presale_until.us, now.us + 59 * 24 * US_PER_HOUR);
    assert_int_equal(fact->promised_at.us, now.us + 60 * 24 * US_PER_HOUR);
    assert_int_equal(fact->deliver_by.us, now.us + 61 * 24 * US_PER_HOUR);
    assert_string_equal(fact->buyer, "b1");
}

static void test_event_fact__fulfilment__is_told_from_the_others(void **state)
{
    (void)state;
    assert_int_equal(decode("order.placed", "'order':'A','fulfilment':'merchant'")->fulfilment,
                     FULFILMENT_MERCHANT);
    assert_int_equal(decode("order.placed", "'order':'A','fulfilment':'platform'")->fulfilment,
                     FULFILMENT_PLATFORM);
    assert_int_equal(decode("order.placed", "'order':'A','fulfilment':'virtual'")->fulfilment,
                     FULFILMENT_VIRTUAL);
}

static void test_event_fact__units__are_the_sum_of_the_quantities(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        int64_t units;
    } cases[] = {
        {"'order':'A','lines':null", 1},
        {"'order':'A','lines':[]", 1},
        {"'order':'A','lines':[{}]", 1},
        {"'order':'A','lines':[{'quantity':null},{'sku':'K'}]", 2},
        {"'order':'A','lines':[{'quantity':3},{},{'quantity':2.0}]", 6},
        {"'order':'A','parcels':7,'lines':[{'quantity':1000000},{'quantity':1000000}]", 2000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(decode("order.placed", cases[i].members)->units, cases[i].units);
}

static void test_event_fact__promised__carries_the_hand_over(void **state)
{
    (void)state;
    const struct fact *fact =
        decode("order.promised", "'order':'A','promised_at':'2024-01-02T01:00:00Z'");
    assert_int_equal(fact->promised_at.us, now.us + US_PER_HOUR);
    assert_true(instant_is_never(fact->deliver_by));
}

static void test_event_fact__parcel_events__carry_their_parcel(void **state)
{
    (void)state;
    assert_string_equal(decode("order.collected", "'order':'A','parcel':'p1'")->parcel, "p1");
    assert_string_equal(decode("order.shipped", "'order':'A','parcel':'p2'")->parcel, "p2");
    assert_string_equal(decode("order.delivered", "'order':'A','parcel':'p3'")->parcel, "p3");
    const struct fact *fact = decode("order.delivered", "'order':'A','parcel':null");
    assert_null(fact->parcel);
    assert_true(instant_is_never(fact->paid_at));
}

static void test_event_fact__waybill__needs_a_carrier_and_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        bool waybill;
    } cases[] = {
        {"'order':'A'", false},
        {"'order':'A','carrier':'sf'", false},
        {"'order':'A','waybill':'SF1'", false},
        {"'order':'A','carrier':'','waybill':'SF1'", false},
        {"'order':'A','carrier':'sf','waybill':''", false},
        {"'order':'A','carrier':null,'waybill':'SF1'", false},
        {"'order':'A','carrier':'sf','waybill':'SF1'", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode("order.shipped", cases[i].members)->waybill, cases[i].waybill);
        assert_int_equal(decode("order.collected", cases[i].members)->waybill, cases[i].waybill);
    }
}

static void test_event_fact__ticket_opened__carries_its_attributes(void **state)
{
    (void)state;
    const struct fact *fact = decode("ticket.opened", "'ticket':'t1','kind':'chat','order':'A1',"
                                                      "'buyer':'b1','left_message':true");
    assert_string_equal(fact->order, "A1");
    assert_string_equal(fact->buyer, "b1");
    assert_true(fact->left_message);
    fact = decode("ticket.opened", "'ticket':'t1','kind':'chat','left_message':false");
    assert_null(fact->order);
    assert_null(fact->buyer);
    assert_false(fact->left_message);
}

static void test_event_fact__reviewed__carries_its_stars(void **state)
{
    (void)state;
    const struct fact *fact =
        decode("order.reviewed", "'review':'r1','order':'A1','buyer':'b1','default':true,"
                                 "'stars':{'product':1,'description':2,'service':3,'courier':4,"
                                 "'logistics':5}");
    assert_int_equal(fact->stars[ASPECT_PRODUCT], 1);
    assert_int_equal(fact->stars[ASPECT_DESCRIPTION], 2);
    assert_int_equal(fact->stars[ASPECT_SERVICE], 3);
    assert_int_equal(fact->stars[ASPECT_COURIER], 4);
    assert_int_equal(fact->stars[ASPECT_LOGISTICS], 5);
    assert_true(fact->by_default);
    assert_string_equal(fact->order, "A1");
    assert_string_equal(fact->buyer, "b1");
    assert_int_equal(fact->value, 0);
}

static void test_event_fact__reviewed_in_part__leaves_the_rest_unrated(void **state)
{
    (void)state;
    const struct fact *fact =
        decode("order.reviewed", "'review':'r1','stars':{'service':2,'courier':null,'taste':5}");
    static const uint8_t expected[ASPECTS] = {[ASPECT_SERVICE] = 2};
    assert_memory_equal(fact->stars, expected, sizeof expected);
    assert_false(fact->by_default);
    assert_null(fact->order);
    assert_null(fact->buyer);
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_event_fact__every_type__has_its_kind_and_subject),
        unit(test_event_fact__value__is_that_of_the_word),
        unit(test_event_fact__placed_without_attributes__has_the_defaults),
        unit(test_event_fact__placed_with_attributes__has_them),
        unit(test_event_fact__fulfilment__is_told_from_the_others),
        unit(test_event_fact__units__are_the_sum_of_the_quantities),
        unit(test_event_fact__promised__carries_the_hand_over),
        unit(test_event_fact__parcel_events__carry_their_parcel),
        unit(test_event_fact__waybill__needs_a_carrier_and_a_number),
        unit(test_event_fact__ticket_opened__carries_its_attributes),
        unit(test_event_fact__reviewed__carries_its_stars),
        unit(test_event_fact__reviewed_in_part__leaves_the_rest_unrated),
    };
    return cmocka_run_group_tests_name("json/event_fact", tests, NULL, NULL);
}
