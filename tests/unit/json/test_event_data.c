#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "json/doc.h"
#include "json/event.h"

/* Every type of the contract: which members it needs, and what it makes of wrong ones. */

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

/* Decodes an event whose data has the store and the given members, written with ' for ". */
static enum err decode(const char *type, const char *members)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 100000);
    buf_printf(&text,
               "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"oms\",\"type\":\"%s\","
               "\"time\":\"2024-01-01T02:00:00Z\",\"data\":{\"store\":\"s1\"%s%s}}",
               type, *members ? "," : "", members);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            text.data[i] = '"';
    }
    print_message("%.200s\n", buf_text(&text));
    fault = (struct fault){0};
    return event_decode(buf_text(&text), text.len, now, &arena, &event, &fault);
}

static void test_event_decode__least_data_of_each_type__is_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
        enum event_class class;
        enum feed feed;
    } cases[] = {
        {"order.placed", "'order':'A1'", EVENT_FACT, FEED_ORDERS},
        {"order.paid", "'order':'A1'", EVENT_FACT, FEED_ORDERS},
        {"order.promised", "'order':'A1','promised_at':'2024-01-05T00:00:00Z'", EVENT_FACT,
         FEED_ORDERS},
        {"order.shipped", "'order':'A1'", EVENT_FACT, FEED_ORDERS},
        {"order.collected", "'order':'A1'", EVENT_FACT, FEED_COLLECTIONS},
        {"order.delivered", "'order':'A1'", EVENT_FACT, FEED_COLLECTIONS},
        {"order.cancelled", "'order':'A1'", EVENT_FACT, FEED_ORDERS},
        {"order.reviewed", "'review':'r1','stars':{}", EVENT_FACT, FEED_ORDERS},
        {"review.excluded", "'review':'r1'", EVENT_FACT, FEED_ORDERS},
        {"ticket.opened", "'ticket':'t1','kind':'return'", EVENT_FACT, FEED_TICKETS},
        {"ticket.asked", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.replied", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.audited", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.buyer_shipped", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.received", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.processed", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.escalated", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.ruled", "'ticket':'t1','liability':'none'", EVENT_FACT, FEED_TICKETS},
        {"ticket.appealed", "'ticket':'t1','won':false", EVENT_FACT, FEED_TICKETS},
        {"ticket.timed_out", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.closed", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.reopened", "'ticket':'t1'", EVENT_FACT, FEED_TICKETS},
        {"ticket.rated", "'ticket':'t1','stars':5", EVENT_FACT, FEED_TICKETS},
        {"event.retracted", "'source':'oms','id':'e0'", EVENT_RETRACTION, FEED_NONE},
        {"feed.alive", "'feed':'orders','through':'2024-01-01T00:00:00Z'", EVENT_ALIVE,
         FEED_ORDERS},
        {"order.unheard_of", "", EVENT_UNKNOWN, FEED_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode(cases[i].type, cases[i].members), ERR_OK);
        assert_int_equal(event.class, cases[i].class);
        assert_int_equal(event.feed, cases[i].feed);
        assert_string_equal(event.type, cases[i].type);
    }
}

static void test_event_decode__all_members__are_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
    } cases[] = {
        {"order.placed",
         "'order':'A1','payment':'cod','paid_at':'2024-01-01T00:00:00Z',"
         "'presale_until':'2100-01-01T00:00:00Z','promised_at':'2100-01-01T00:00:00Z',"
         "'deliver_by':'2100-01-01T00:00:00Z',"
         "'fulfilment':'virtual','test':true,'warehouse':'w','buyer':'b','parcels':1000,"
         "'lines':[{'sku':'K','quantity':2,'supplier':'x'},{}]"},
        {"order.placed",
         "'order':'A1','payment':null,'paid_at':null,'presale_until':null,'promised_at':null,"
         "'deliver_by':null,"
         "'fulfilment':null,'test':null,'warehouse':null,'buyer':null,'parcels':null,"
         "'lines':[{'sku':null,'quantity':null,'supplier':null}]"},
        {"order.collected", "'order':'A1','parcel':'p','carrier':'','waybill':'SF1'"},
        {"order.cancelled", "'order':'A1','by':'platform','reason':''"},
        {"order.reviewed", "'review':'r','order':'A1','buyer':'b','default':false,"
                           "'stars':{'product':1,'description':2,'service':3,'courier':4,"
                           "'logistics':5,'taste':9}"},
        {"ticket.opened", "'ticket':'t','kind':'work_order','order':'A1','buyer':'b','sku':'K',"
                          "'reason':'x','channel':'app','left_message':true"},
        {"ticket.processed", "'ticket':'t','outcome':'compensated','full_refund':false,"
                             "'cost':{'amount':0,'currency':'CNY'},'agent':'a','group':'g'"},
        {"ticket.processed", "'ticket':'t','cost':{}"},
        {"ticket.rated", "'ticket':'t','stars':1.0,'channel':'sms'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(decode(cases[i].type, cases[i].members), ERR_OK);
}

static void test_event_decode__every_choice__is_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members; /* with %s for the choice */
        const char *choices[9];
    } cases[] = {
        {"order.placed", "'order':'A','payment':'%s'", {"prepaid", "cod"}},
        {"order.placed",
         "'order':'A','fulfilment':'%s'",
         {"merchant", "platform", "pickup", "virtual"}},
        {"order.cancelled", "'order':'A','by':'%s'", {"buyer", "merchant", "platform"}},
        {"ticket.opened",
         "'ticket':'t','kind':'%s'",
         {"return", "exchange", "repair", "refund", "resend", "work_order", "chat", "dispute"}},
        {"ticket.replied", "'ticket':'t','by':'%s'", {"human", "bot"}},
        {"ticket.audited", "'ticket':'t','outcome':'%s'", {"approved", "rejected"}},
        {"ticket.processed",
         "'ticket':'t','outcome':'%s'",
         {"refunded", "exchanged", "repaired", "resent", "compensated"}},
        {"ticket.ruled", "'ticket':'t','liability':'%s'", {"merchant", "buyer", "both", "none"}},
        {"ticket.timed_out", "'ticket':'t','phase':'%s'", {"reply", "evidence", "execution"}},
        {"ticket.closed",
         "'ticket':'t','outcome':'%s'",
         {"done", "cancelled", "forced", "settled"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; cases[i].choices[j]; j++) {
            AUTO_BUF struct buf members;
            buf_init(&members, 200);
            const char *hole = strstr(cases[i].members, "%s");
            buf_append(&members, cases[i].members, (size_t)(hole - cases[i].members));
            buf_puts(&members, cases[i].choices[j]);
            buf_puts(&members, hole + 2);
            assert_int_equal(decode(cases[i].type, buf_text(&members)), ERR_OK);
        }
    }
}

static void test_event_decode__missing_member__is_named(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
        const char *pointer;
    } cases[] = {
        {"order.placed", "", "/data/order"},
        {"order.paid", "'order':null", "/data/order"},
        {"order.promised", "'order':'A'", "/data/promised_at"},
        {"order.shipped", "", "/data/order"},
        {"order.collected", "", "/data/order"},
        {"order.delivered", "", "/data/order"},
        {"order.cancelled", "", "/data/order"},
        {"order.reviewed", "'stars':{}", "/data/review"},
        {"order.reviewed", "'review':'r'", "/data/stars"},
        {"review.excluded", "", "/data/review"},
        {"ticket.opened", "'kind':'chat'", "/data/ticket"},
        {"ticket.opened", "'ticket':'t'", "/data/kind"},
        {"ticket.asked", "", "/data/ticket"},
        {"ticket.replied", "", "/data/ticket"},
        {"ticket.audited", "", "/data/ticket"},
        {"ticket.buyer_shipped", "", "/data/ticket"},
        {"ticket.received", "", "/data/ticket"},
        {"ticket.processed", "", "/data/ticket"},
        {"ticket.escalated", "", "/data/ticket"},
        {"ticket.ruled", "'ticket':'t'", "/data/liability"},
        {"ticket.appealed", "'ticket':'t'", "/data/won"},
        {"ticket.timed_out", "", "/data/ticket"},
        {"ticket.closed", "", "/data/ticket"},
        {"ticket.reopened", "", "/data/ticket"},
        {"ticket.rated", "'ticket':'t'", "/data/stars"},
        {"event.retracted", "'id':'e'", "/data/source"},
        {"event.retracted", "'source':'oms'", "/data/id"},
        {"feed.alive", "'through':'2024-01-01T00:00:00Z'", "/data/feed"},
        {"feed.alive", "'feed':'orders'", "/data/through"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode(cases[i].type, cases[i].members), ERR_INVALID);
        assert_string_equal(fault.pointer, cases[i].pointer);
        assert_string_equal(fault.detail, "is required");
    }
}

static void test_event_decode__wrong_member__is_named(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *members;
        const char *pointer;
    } cases[] = {
        {"order.placed", "'order':''", "/data/order"},
        {"order.placed", "'order':5", "/data/order"},
        {"order.placed", "'order':'A','payment':'card'", "/data/payment"},
        {"order.placed", "'order':'A','payment':true", "/data/payment"},
        {"order.placed", "'order':'A','paid_at':'2024-01-01'", "/data/paid_at"},
        {"order.placed", "'order':'A','paid_at':1704067200", "/data/paid_at"},
        {"order.placed", "'order':'A','paid_at':'2024-01-02T00:05:00.000001Z'", "/data/paid_at"},
        {"order.placed", "'order':'A','presale_until':'2101-01-01T00:00:00Z'",
         "/data/presale_until"},
        {"order.placed", "'order':'A','promised_at':'1999-12-31T23:59:59Z'", "/data/promised_at"},
        {"order.placed", "'order':'A','deliver_by':'tomorrow'", "/data/deliver_by"},
        {"order.placed", "'order':'A','deliver_by':1704067200", "/data/deliver_by"},
        {"order.placed", "'order':'A','fulfilment':'drone'", "/data/fulfilment"},
        {"order.placed", "'order':'A','test':'true'", "/data/test"},
        {"order.placed", "'order':'A','warehouse':7", "/data/warehouse"},
        {"order.placed", "'order':'A','buyer':''", "/data/buyer"},
        {"order.placed", "'order':'A','parcels':0", "/data/parcels"},
        {"order.placed", "'order':'A','parcels':10001", "/data/parcels"},
        {"order.placed", "'order':'A','parcels':1.5", "/data/parcels"},
        {"order.placed", "'order':'A','parcels':'2'", "/data/parcels"},
        {"order.placed", "'order':'A','lines':{}", "/data/lines"},
        {"order.placed", "'order':'A','lines':[{},7]", "/data/lines/1"},
        {"order.placed", "'order':'A','lines':[{},{},{},{'quantity':0}]", "/data/lines/3/quantity"},
        {"order.placed", "'order':'A','lines':[{'quantity':-1}]", "/data/lines/0/quantity"},
        {"order.placed", "'order':'A','lines':[{'quantity':1.5}]", "/data/lines/0/quantity"},
        {"order.placed", "'order':'A','lines':[{'sku':1}]", "/data/lines/0/sku"},
        {"order.placed", "'order':'A','lines':[{'supplier':[]}]", "/data/lines/0/supplier"},
        {"order.promised", "'order':'A','promised_at':'soon'", "/data/promised_at"},
        {"order.shipped", "'order':'A','parcel':3", "/data/parcel"},
        {"order.collected", "'order':'A','parcel':''", "/data/parcel"},
        {"order.collected", "'order':'A','carrier':3", "/data/carrier"},
        {"order.collected", "'order':'A','waybill':3", "/data/waybill"},
        {"order.cancelled", "'order':'A','by':'nobody'", "/data/by"},
        {"order.cancelled", "'order':'A','reason':{}", "/data/reason"},
        {"order.reviewed", "'review':'r','stars':5", "/data/stars"},
        {"order.reviewed", "'review':'r','stars':{'product':0}", "/data/stars/product"},
        {"order.reviewed", "'review':'r','stars':{'logistics':6}", "/data/stars/logistics"},
        {"order.reviewed", "'review':'r','stars':{'courier':'5'}", "/data/stars/courier"},
        {"order.reviewed", "'review':'r','default':1,'stars':{}", "/data/default"},
        {"ticket.opened", "'ticket':'t','kind':'party'", "/data/kind"},
        {"ticket.opened", "'ticket':'t','kind':'chat','left_message':0", "/data/left_message"},
        {"ticket.replied", "'ticket':'t','by':'ghost'", "/data/by"},
        {"ticket.audited", "'ticket':'t','outcome':'maybe'", "/data/outcome"},
        {"ticket.processed", "'ticket':'t','outcome':'done'", "/data/outcome"},
        {"ticket.processed", "'ticket':'t','full_refund':'no'", "/data/full_refund"},
        {"ticket.processed", "'ticket':'t','cost':5", "/data/cost"},
        {"ticket.processed", "'ticket':'t','cost':{'amount':1.5}", "/data/cost/amount"},
        {"ticket.processed", "'ticket':'t','cost':{'amount':-1}", "/data/cost/amount"},
        {"ticket.processed", "'ticket':'t','cost':{'currency':'yuan'}", "/data/cost/currency"},
        {"ticket.ruled", "'ticket':'t','liability':'all'", "/data/liability"},
        {"ticket.appealed", "'ticket':'t','won':'yes'", "/data/won"},
        {"ticket.timed_out", "'ticket':'t','phase':'party'", "/data/phase"},
        {"ticket.closed", "'ticket':'t','outcome':'open'", "/data/outcome"},
        {"ticket.rated", "'ticket':'t','stars':0", "/data/stars"},
        {"ticket.rated", "'ticket':'t','stars':6", "/data/stars"},
        {"event.retracted", "'source':'','id':'e'", "/data/source"},
        {"feed.alive", "'feed':'orders','through':'now'", "/data/through"},
        {"order.placed", "'parcels':0,'order':'A','payment':'x'", "/data/payment"}, /* first */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(decode(cases[i].type, cases[i].members), ERR_INVALID);
        assert_string_equal(fault.pointer, cases[i].pointer);
        assert_true(strlen(fault.detail) > 0);
    }
}

static void test_event_decode__paid_at_a_little_ahead__is_accepted(void **state)
{
    (void)state;
    assert_int_equal(decode("order.placed", "'order':'A','paid_at':'2024-01-02T00:05:00Z'"),
                     ERR_OK);
    assert_int_equal(event.fact.paid_at.us, now.us);
}

static void test_event_decode__lines__are_limited(void **state)
{
    (void)state;
    for (size_t count = 1000; count <= 1001; count++) {
        AUTO_BUF struct buf members;
        buf_init(&members, 10000);
        buf_puts(&members, "'order':'A','lines':[{}");
        for (size_t i = 1; i < count; i++)
            buf_puts(&members, ",{}");
        buf_puts(&members, "]");
        assert_int_equal(decode("order.placed", buf_text(&members)),
                         count > 1000 ? ERR_INVALID : ERR_OK);
    }
    assert_string_equal(fault.pointer, "/data/lines");
}

static void test_event_decode__members_that_the_type_does_not_know__are_kept(void **state)
{
    (void)state;
    assert_int_equal(decode("order.paid", "'order':'A','parcels':'many','x':{'b':1,'a':[]}"),
                     ERR_OK);
    assert_string_equal(event.data, "{\"order\":\"A\",\"parcels\":\"many\",\"store\":\"s1\","
                                    "\"x\":{\"a\":[],\"b\":1}}");
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_event_decode__least_data_of_each_type__is_accepted),
        unit(test_event_decode__all_members__are_accepted),
        unit(test_event_decode__every_choice__is_accepted),
        unit(test_event_decode__missing_member__is_named),
        unit(test_event_decode__wrong_member__is_named),
        unit(test_event_decode__paid_at_a_little_ahead__is_accepted),
        unit(test_event_decode__lines__are_limited),
        unit(test_event_decode__members_that_the_type_does_not_know__are_kept),
    };
    return cmocka_run_group_tests_name("json/event_data", tests, NULL, NULL);
}
