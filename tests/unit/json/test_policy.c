#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "domain/limits.h"
#include "json/doc.h"
#include "json/policy.h"

/* A valid document, written with ' for ". The tests change one place of it at a time. */
static const char document[] =
    "{'id':'p1','version':7,'name':'Test','notes':'for people','feeds':{'silent_after':12},"
    "'novice':{'orders':20,'days':60,'star':'3.5'},'composite':{'min_factors':2},"
    "'small_sample':{'full':30,'points':'7.000'},"
    "'bonus':{'each':'0.050','cap':'0.500','services':['worry_free','gifts']},"
    "'peers':{'min':25,'band':'0.150'},"
    "'stars':[{'star':'5.0','rank':'90.00','factor_rank':'20.5','unrestricted':true},"
    "{'points':'9.500','star':'4.9'},{'points':'0','star':'2.5','rank':0}],"
    "'eligibility':[{'id':'e1','points':'8.000','rank':'90','factor_rank':20,'star':'4.5',"
    "'unrestricted':true},{'id':'e2','unrestricted':true}],"
    "'factors':[{'id':'f1','weight':'0.250','required':true,'metrics':["
    "{'id':'m1','unit':'ratio','measure':{'kind':'within','milestone':'collected','days':0},"
    "'window_days':30,'better':'higher','target':'0.9500','weight':'0.400',"
    "'anchors':[['0','0'],['0.5','4'],['1.0000','10.000']]},"
    "{'id':'m2','unit':'hours','measure':{'kind':'duration','milestone':'delivered'},"
    "'window_days':7,'better':'lower','weight':'0','notes':'shown'}]}],"
    "'metrics':[{'id':'m3','unit':'ratio','measure':{'kind':'within','milestone':'collected',"
    "'promise':true},'window_days':1,'better':'higher'},"
    "{'id':'m4','unit':'ratio','measure':{'kind':'tickets','tickets':['dispute'],'by':'ruled'},"
    "'per':{'kind':'orders'},'window_days':30,'better':'lower',"
    "'anchors':[['0','10'],['0.03','0']]},"
    "{'id':'m5','unit':'ratio','measure':{'kind':'within','milestone':'shipped','hours':36},"
    "'complement':true,'window_days':10,'better':'lower'},"
    "{'id':'m6','unit':'rating','measure':{'kind':'stars','aspect':'service'},'window_days':30,"
    "'better':'higher','target':'9.5000','anchors':[['2','0'],['10','10']]}],"
    "'composites':[{'id':'c1','parts':[{'metric':'m4','weight':'0.400'},"
    "{'metric':'m1','weight':'0.600'}]}],"
    "'backlog':{'min_orders':300,'overdue_basis':'lenient','watch_hours':36,'marks':["
    "{'hours':48,'level':'warning','over_percent':15},"
    "{'hours':72,'level':'mild','over_percent':'12.500','inclusive':true,"
    "'restriction':{'kind':'search_demotion','percent':75,'hours':72}},"
    "{'hours':120,'level':'severe','over_percent':0.125,"
    "'restriction':{'kind':'off_sale','hours':24}}]}}";

static struct policy policy;
static struct faults faults;

/* Replaces the first `from` by `to` and ' by "; `from` must be there. */
static void put_changed(struct buf *text, const char *from, const char *to)
{
    const char *at = strstr(document, from);
    assert_non_null(at);
    buf_append(text, document, (size_t)(at - document));
    buf_puts(text, to);
    buf_puts(text, at + strlen(from));
    assert_int_equal(buf_status(text), ERR_OK);
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '\'')
            text->data[i] = '"';
    }
}

static enum err decode_changed(const char *from, const char *to)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 100000);
    put_changed(&text, from, to);
    return policy_decode(buf_text(&text), text.len, "p1", &policy, &faults);
}

static void test_policy_decode__whole_document__is_read(void **state)
{
    (void)state;
    assert_int_equal(decode_changed("", ""), ERR_OK);
    assert_int_equal(faults.count, 0);
    assert_string_equal(policy.id, "p1");
    assert_int_equal(policy.version, 0); /* the server's business */
    assert_int_equal(policy.silent_after_s, 12 * 3600);
    assert_int_equal(policy.novice_orders, 20);
    assert_int_equal(policy.novice_days, 60);
    assert_int_equal(policy.min_factors, 2);
    assert_true(policy.has_novice_star);
    assert_int_equal(policy.novice_star, 35);
    assert_int_equal(policy.sample_full, 30);
    assert_int_equal(policy.sample_points, 7000);
    assert_int_equal(policy.bonus.each, 50);
    assert_int_equal(policy.bonus.cap, 500);
    assert_int_equal(policy.bonus.service_count, 2);
    assert_string_equal(policy.bonus.services[0], "worry_free");
    assert_string_equal(policy.bonus.services[1], "gifts");
    assert_int_equal(policy.peers_min, 25);
    assert_int_equal(policy.band, 150);
}

static void test_policy_decode__stars_and_eligibility__are_read(void **state)
{
    (void)state;
    assert_int_equal(decode_changed("", ""), ERR_OK);
    assert_int_equal(policy.star_count, 3);
    const struct star_cut *best = &policy.stars[0];
    assert_int_equal(best->star, 50);
    assert_false(best->gates.has_points);
    assert_true(best->gates.has_rank);
    assert_int_equal(best->gates.rank, 9000);
    assert_true(best->gates.has_factor_rank);
    assert_int_equal(best->gates.factor_rank, 2050);
    assert_true(best->gates.unrestricted);
    const struct star_cut *second = &policy.stars[1];
    assert_int_equal(second->star, 49);
    assert_true(second->gates.has_points);
    assert_int_equal(second->gates.points, 9500);
    assert_false(second->gates.has_rank);
    assert_false(second->gates.has_factor_rank);
    assert_false(second->gates.unrestricted);
    assert_int_equal(policy.stars[2].star, 25);
    assert_true(policy.stars[2].gates.has_points);
    assert_int_equal(policy.stars[2].gates.points, 0);
    assert_true(policy.stars[2].gates.has_rank);
    assert_int_equal(policy.stars[2].gates.rank, 0);

    assert_int_equal(policy.eligibility_count, 2);
    assert_string_equal(policy.eligibilities[0].id, "e1");
    const struct gates *gates = &policy.eligibilities[0].gates;
    assert_int_equal(gates->points, 8000);
    assert_int_equal(gates->rank, 9000);
    assert_int_equal(gates->factor_rank, 2000);
    assert_true(gates->has_star);
    assert_int_equal(gates->star, 45);
    assert_true(gates->unrestricted);
    assert_string_equal(policy.eligibilities[1].id, "e2");
    assert_false(policy.eligibilities[1].gates.has_star);
    assert_true(policy.eligibilities[1].gates.unrestricted);
}

static void test_policy_decode__composites__name_metrics_anywhere(void **state)
{
    (void)state;
    assert_int_equal(decode_changed("", ""), ERR_OK);
    assert_int_equal(policy.composite_count, 1);
    const struct composite *composite = &policy.composites[0];
    assert_string_equal(composite->id, "c1");
    assert_int_equal(composite->part_count, 2);
    assert_int_equal(composite->parts[0].metric, 3); /* m4, beside the composite */
    assert_int_equal(composite->parts[0].weight, 400);
    assert_int_equal(composite->parts[1].metric, 0); /* m1, of the factor */
    assert_int_equal(composite->parts[1].weight, 600);
}

static void test_policy_decode__factors_and_metrics__are_read(void **state)
{
    (void)state;
    assert_int_equal(decode_changed("", ""), ERR_OK);
    assert_int_equal(policy.factor_count, 1);
    const struct factor *factor = &policy.factors[0];
    assert_string_equal(factor->id, "f1");
    assert_int_equal(factor->weight, 250);
    assert_true(factor->required);
    assert_int_equal(factor->metric_first, 0);
    assert_int_equal(factor->metric_count, 2);
    assert_int_equal(policy.metric_count, 6);
    assert_int_equal(policy.scored_metric_count, 2);

    const struct metric *m1 = &policy.metrics[0];
    assert_string_equal(m1->id, "m1");
    assert_int_equal(m1->measure.kind, MEASURE_WITHIN);
    assert_int_equal(m1->measure.milestone, MILESTONE_COLLECTED);
    assert_int_equal(m1->measure.limit, LIMIT_DAYS);
    assert_int_equal(m1->measure.n, 0);
    assert_int_equal(m1->unit, UNIT_RATIO);
    assert_int_equal(m1->window_days, 30);
    assert_true(m1->higher_is_better);
    assert_true(m1->has_target);
    assert_int_equal(m1->target, 9500);
    assert_int_equal(m1->weight, 400);
    assert_int_equal(m1->factor, 0);
    assert_int_equal(m1->anchor_count, 3);
    assert_int_equal(m1->anchors[1].value, 5000);
    assert_int_equal(m1->anchors[1].points, 4000);
    assert_int_equal(m1->anchors[2].points, 10000);

    const struct metric *m2 = &policy.metrics[1];
    assert_int_equal(m2->measure.kind, MEASURE_DURATION);
    assert_int_equal(m2->measure.milestone, MILESTONE_DELIVERED);
    assert_int_equal(m2->measure.limit, LIMIT_NONE);
    assert_int_equal(m2->unit, UNIT_HOURS);
    assert_false(m2->higher_is_better);
    assert_false(m2->has_target);
    assert_int_equal(m2->weight, 0);
    assert_int_equal(m2->anchor_count, 0);

    const struct metric *m3 = &policy.metrics[2];
    assert_string_equal(m3->id, "m3");
    assert_int_equal(m3->measure.limit, LIMIT_PROMISE);
    assert_int_equal(m3->measure.n, 0);
    assert_false(m3->has_per);
    assert_false(m3->complement);

    const struct metric *m4 = &policy.metrics[3];
    assert_int_equal(m4->measure.kind, MEASURE_TICKETS);
    assert_true(m4->has_per);
    assert_int_equal(m4->per.kind, MEASURE_ORDERS);
    assert_true(m4->per.suspends);
    assert_true(policy.metrics[4].complement);

    const struct metric *m6 = &policy.metrics[5];
    assert_int_equal(m6->unit, UNIT_RATING);
    assert_int_equal(m6->target, 95000);
    assert_int_equal(m6->anchors[1].value, 100000);
}

/* --- measures --- */

static enum err decode_metric(const char *unit, const char *measure, const char *more)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 10000);
    buf_printf(&text,
               "{'metrics':[{'id':'m','unit':'%s','measure':%s,'window_days':30,"
               "'better':'higher'%s}]}",
               unit, measure, more);
    assert_int_equal(buf_status(&text), ERR_OK);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            text.data[i] = '"';
    }
    return policy_decode(buf_text(&text), text.len, "p1", &policy, &faults);
}

#define SET(kind) (1U << (kind))
#define PER ",'per':{'kind':'orders'}"

static void test_policy_decode__every_kind_of_measure__is_read(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        const char *text;
        const char *more;
        struct measure measure;
    } cases[] = {
        {"ratio",
         "{'kind':'within','milestone':'collected','days':366}",
         "",
         {.kind = MEASURE_WITHIN, .limit = LIMIT_DAYS, .n = 366}},
        {"ratio",
         "{'kind':'within','of':'orders','milestone':'delivered','deliver_by':true}",
         "",
         {.kind = MEASURE_WITHIN, .milestone = MILESTONE_DELIVERED, .limit = LIMIT_DELIVER_BY}},
        {"ratio",
         "{'kind':'within','milestone':'shipped','promise':true}",
         "",
         {.kind = MEASURE_WITHIN, .milestone = MILESTONE_SHIPPED, .limit = LIMIT_PROMISE}},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['work_order'],'milestone':'replied',"
         "'hours':3}",
         "",
         {.kind = MEASURE_WITHIN,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_REPLIED,
          .limit = LIMIT_HOURS,
          .n = 3,
          .tickets = SET(TICKET_WORK_ORDER)}},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['resend','return'],'milestone':'audited',"
         "'seconds':86400,'except':{'opened_between':['00:00','23:59']}}",
         "",
         {.kind = MEASURE_WITHIN,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_AUDITED,
          .limit = LIMIT_SECONDS,
          .n = 86400,
          .tickets = SET(TICKET_RETURN) | SET(TICKET_RESEND),
          .night_to = 1439}},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['chat'],'milestone':'replied','seconds':30,"
         "'except':{'opened_between':['23:00','09:00'],'left_message':true,'recontact':true}}",
         "",
         {.kind = MEASURE_WITHIN,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_REPLIED,
          .limit = LIMIT_SECONDS,
          .n = 30,
          .tickets = SET(TICKET_CHAT),
          .night_from = 1380,
          .night_to = 540,
          .no_left_message = true,
          .no_recontact = true}},
        {"seconds", "{'kind':'duration','milestone':'collected'}", "", {.kind = MEASURE_DURATION}},
        {"hours",
         "{'kind':'duration','of':'tickets','tickets':['refund','exchange'],"
         "'milestone':'handled','max_days':180}",
         "",
         {.kind = MEASURE_DURATION,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_HANDLED,
          .n = 180,
          .tickets = SET(TICKET_REFUND) | SET(TICKET_EXCHANGE)}},
        {"hours",
         "{'kind':'duration','of':'tickets','tickets':['repair'],'milestone':'handled'}",
         "",
         {.kind = MEASURE_DURATION,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_HANDLED,
          .tickets = SET(TICKET_REPAIR)}},
        {"seconds",
         "{'kind':'responses','tickets':['chat']}",
         "",
         {.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = SET(TICKET_CHAT)}},
        {"ratio",
         "{'kind':'rated','of':'tickets','tickets':['chat'],'stars':[4,5]}",
         "",
         {.kind = MEASURE_RATED,
          .of = ENTITY_TICKET,
          .tickets = SET(TICKET_CHAT),
          .low = 4,
          .high = 5}},
        {"ratio",
         "{'kind':'rated','of':'reviews','aspect':'logistics','stars':[1,1]}",
         "",
         {.kind = MEASURE_RATED,
          .of = ENTITY_REVIEW,
          .aspect = ASPECT_LOGISTICS,
          .low = 1,
          .high = 1}},
        {"rating",
         "{'kind':'stars','of':'reviews','aspect':'description'}",
         "",
         {.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_DESCRIPTION}},
        {"ratio",
         "{'kind':'closed','tickets':['dispute'],'without':'escalation'}",
         "",
         {.kind = MEASURE_CLOSED_THAT,
          .of = ENTITY_TICKET,
          .test = TEST_NOT_ESCALATED,
          .tickets = SET(TICKET_DISPUTE)}},
        {"ratio",
         "{'kind':'closed','of':'tickets','tickets':['dispute'],'without':'time_out'}",
         "",
         {.kind = MEASURE_CLOSED_THAT,
          .of = ENTITY_TICKET,
          .test = TEST_NOT_TIMED_OUT,
          .tickets = SET(TICKET_DISPUTE)}},
        {"ratio",
         "{'kind':'orders','that':'defect','defects':['dispute','negative_review']}",
         "",
         {.kind = MEASURE_ORDERS_THAT,
          .test = TEST_DEFECT,
          .defects = DEFECT_DISPUTE | DEFECT_NEGATIVE_REVIEW}},
        {"ratio",
         "{'kind':'orders','that':'defect','defects':['dispute']}",
         "",
         {.kind = MEASURE_ORDERS_THAT, .test = TEST_DEFECT, .defects = DEFECT_DISPUTE}},
        {"ratio",
         "{'kind':'orders','that':'cancelled_by_seller'}",
         "",
         {.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED}},
        {"ratio",
         "{'kind':'orders','that':'tracked'}",
         "",
         {.kind = MEASURE_ORDERS_THAT, .test = TEST_TRACKED}},
        {"ratio", "{'kind':'orders'}", PER, {.kind = MEASURE_ORDERS}},
        {"ratio",
         "{'kind':'units'}",
         PER,
         {.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED}},
        {"ratio",
         "{'kind':'tickets','tickets':['return'],'by':'opened'}",
         PER,
         {.kind = MEASURE_TICKETS,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_OPENED,
          .tickets = SET(TICKET_RETURN)}},
        {"ratio",
         "{'kind':'tickets','tickets':['dispute'],'by':'ruled'}",
         PER,
         {.kind = MEASURE_TICKETS,
          .of = ENTITY_TICKET,
          .milestone = MILESTONE_RULED,
          .tickets = SET(TICKET_DISPUTE)}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].text);
        assert_int_equal(decode_metric(cases[i].unit, cases[i].text, cases[i].more), ERR_OK);
        const struct measure *got = &policy.metrics[0].measure, *expected = &cases[i].measure;
        assert_int_equal(got->kind, expected->kind);
        assert_int_equal(got->of, expected->of);
        assert_int_equal(got->milestone, expected->milestone);
        assert_int_equal(got->limit, expected->limit);
        assert_int_equal(got->n, expected->n);
        assert_int_equal(got->test, expected->test);
        assert_int_equal(got->defects, expected->defects);
        assert_int_equal(got->tickets, expected->tickets);
        assert_int_equal(got->aspect, expected->aspect);
        assert_int_equal(got->low, expected->low);
        assert_int_equal(got->high, expected->high);
        assert_int_equal(got->night_from, expected->night_from);
        assert_int_equal(got->night_to, expected->night_to);
        assert_int_equal(got->no_left_message, expected->no_left_message);
        assert_int_equal(got->no_recontact, expected->no_recontact);
        assert_true(got->suspends);
    }
}

#define CHATS "{'kind':'within','of':'tickets','tickets':['chat'],'milestone':'replied',"
#define RETURNS "{'kind':'duration','of':'tickets','tickets':['return'],'milestone':"

static void test_policy_decode__wrong_measure__is_named_alone(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        const char *text;
        const char *more;
        const char *pointer; /* below /metrics/0 */
    } cases[] = {
        {"ratio", "null", "", "/measure"},
        {"ratio", "[]", "", "/measure"},
        {"ratio", "{'milestone':'collected','hours':1}", "", "/measure/kind"},
        {"ratio", "{'kind':'share','milestone':'collected'}", "", "/measure/kind"},
        {"ratio", "{'kind':'within','of':'reviews','hours':1}", "", "/measure/of"},
        {"ratio", "{'kind':'rated','aspect':'product','stars':[1,1]}", "", "/measure/of"},
        {"ratio", "{'kind':'rated','of':'orders','stars':[1,1]}", "", "/measure/of"},
        {"ratio", "{'kind':'orders','of':'tickets'}", PER, "/measure/of"},
        {"ratio", "{'kind':'within','milestone':'replied','hours':1}", "", "/measure/milestone"},
        {"ratio", "{'kind':'within','milestone':'delivered','promise':true}", "",
         "/measure/promise"},
        {"ratio", "{'kind':'within','milestone':'shipped','promise':false}", "",
         "/measure/promise"},
        {"ratio", "{'kind':'within','milestone':'collected','deliver_by':true}", "",
         "/measure/deliver_by"},
        {"ratio", "{'kind':'within','milestone':'shipped','deliver_by':true}", "",
         "/measure/deliver_by"},
        {"ratio", "{'kind':'within','milestone':'shipped','hours':1,'seconds':30}", "",
         "/measure/seconds"},
        {"ratio", "{'kind':'within','milestone':'shipped','promise':true,'hours':1}", "",
         "/measure"},
        {"ratio", "{'kind':'within','of':'tickets','milestone':'replied','hours':1}", "",
         "/measure/tickets"},
        {"ratio", "{'kind':'within','of':'tickets','tickets':[],'milestone':'replied','hours':1}",
         "", "/measure/tickets"},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':'chat','milestone':'replied','hours':1}", "",
         "/measure/tickets"},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['chat','call'],'milestone':'replied',"
         "'hours':1}",
         "", "/measure/tickets/1"},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['chat','chat'],'milestone':'replied',"
         "'hours':1}",
         "", "/measure/tickets/1"},
        {"ratio",
         "{'kind':'within','of':'tickets','tickets':['chat'],'milestone':'handled','hours':1}", "",
         "/measure/milestone"},
        {"ratio", CHATS "'seconds':0}", "", "/measure/seconds"},
        {"ratio", CHATS "'seconds':86401}", "", "/measure/seconds"},
        {"ratio", CHATS "'hours':721}", "", "/measure/hours"},
        {"ratio", CHATS "'hours':1,'seconds':1}", "", "/measure"},
        {"ratio", CHATS "'hours':1,'days':1}", "", "/measure/days"},
        {"ratio", CHATS "'hours':1,'except':[]}", "", "/measure/except"},
        {"ratio", CHATS "'hours':1,'except':{'weekends':true}}", "", "/measure/except/weekends"},
        {"ratio", CHATS "'hours':1,'except':{'recontact':false}}", "", "/measure/except/recontact"},
        {"ratio", CHATS "'hours':1,'except':{'left_message':1}}", "",
         "/measure/except/left_message"},
        {"ratio", CHATS "'hours':1,'except':{'opened_between':['23:00']}}", "",
         "/measure/except/opened_between"},
        {"ratio", CHATS "'hours':1,'except':{'opened_between':['23:00','24:00']}}", "",
         "/measure/except/opened_between"},
        {"ratio", CHATS "'hours':1,'except':{'opened_between':['23:60','09:00']}}", "",
         "/measure/except/opened_between"},
        {"ratio", CHATS "'hours':1,'except':{'opened_between':['23:00','9:00']}}", "",
         "/measure/except/opened_between"},
        {"ratio", CHATS "'hours':1,'except':{'opened_between':['09:00','09:00']}}", "",
         "/measure/except/opened_between"},
        {"hours", "{'kind':'duration','milestone':'shipped'}", "", "/measure/milestone"},
        {"hours", "{'kind':'duration','milestone':'delivered','max_days':1}", "",
         "/measure/max_days"},
        {"hours", RETURNS "'audited'}", "", "/measure/milestone"},
        {"hours", RETURNS "'handled','max_days':0}", "", "/measure/max_days"},
        {"hours", RETURNS "'handled','max_days':367}", "", "/measure/max_days"},
        {"seconds", "{'kind':'responses'}", "", "/measure/tickets"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'product','stars':[0,5]}", "",
         "/measure/stars"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'product','stars':[4,6]}", "",
         "/measure/stars"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'product','stars':[5,4]}", "",
         "/measure/stars"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'product','stars':[4.5,5]}", "",
         "/measure/stars"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'product','stars':5}", "",
         "/measure/stars"},
        {"ratio", "{'kind':'rated','of':'reviews','aspect':'price','stars':[4,5]}", "",
         "/measure/aspect"},
        {"ratio",
         "{'kind':'rated','of':'reviews','aspect':'product','tickets':['chat'],'stars':[4,5]}", "",
         "/measure/tickets"},
        {"rating", "{'kind':'stars'}", "", "/measure/aspect"},
        {"ratio", "{'kind':'closed','tickets':['dispute']}", "", "/measure/without"},
        {"ratio", "{'kind':'closed','tickets':['dispute'],'without':'delay'}", "",
         "/measure/without"},
        {"ratio", "{'kind':'orders','that':'late'}", "", "/measure/that"},
        {"ratio", "{'kind':'orders','that':'defect'}", "", "/measure/defects"},
        {"ratio", "{'kind':'orders','that':'defect','defects':['chargeback']}", "",
         "/measure/defects/0"},
        {"ratio", "{'kind':'orders','that':'tracked','defects':['dispute']}", "",
         "/measure/defects"},
        {"ratio", "{'kind':'orders','defects':['dispute']}", PER, "/measure/defects"},
        {"ratio", "{'kind':'units','milestone':'delivered'}", PER, "/measure/milestone"},
        {"ratio", "{'kind':'tickets','tickets':['return']}", PER, "/measure/by"},
        {"ratio", "{'kind':'tickets','tickets':['return'],'by':'closed'}", PER, "/measure/by"},
        {"ratio", "{'kind':'tickets','tickets':['return','dispute'],'by':'ruled'}", PER,
         "/measure/tickets"},
        /* what belongs together */
        {"ratio", "{'kind':'orders'}", "", "/per"},
        {"ratio", "{'kind':'orders'}", ",'per':{'kind':'orders','that':'tracked'}", "/per"},
        {"ratio", "{'kind':'orders'}", ",'per':{'kind':'items'}", "/per/kind"},
        {"ratio", "{'kind':'orders'}", ",'per':3", "/per"},
        {"ratio", "{'kind':'orders','that':'tracked'}", PER, "/per"},
        {"ratio", "{'kind':'orders'}", PER ",'complement':true", "/complement"},
        {"seconds", "{'kind':'responses','tickets':['chat']}", ",'complement':true", "/complement"},
        {"ratio", "{'kind':'orders','that':'tracked'}", ",'complement':false", "/complement"},
        {"hours", "{'kind':'orders','that':'tracked'}", "", "/unit"},
        {"rating", "{'kind':'rated','of':'reviews','aspect':'product','stars':[4,5]}", "", "/unit"},
        {"ratio", "{'kind':'stars','aspect':'product'}", "", "/unit"},
        {"seconds", "{'kind':'stars','aspect':'product'}", "", "/unit"},
        {"ratio", "{'kind':'responses','tickets':['chat']}", "", "/unit"},
        {"hours", "{'kind':'orders'}", PER, "/unit"},
        {"rating", "{'kind':'stars','aspect':'product'}", ",'target':'10.0001'", "/target"},
        {"rating", "{'kind':'stars','aspect':'product'}", ",'anchors':[['0','0'],['11','10']]",
         "/anchors/1/0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s%s\n", cases[i].text, cases[i].more);
        assert_int_equal(decode_metric(cases[i].unit, cases[i].text, cases[i].more), ERR_INVALID);
        assert_memory_equal(faults.items[0].pointer, "/metrics/0", strlen("/metrics/0"));
        assert_string_equal(faults.items[0].pointer + strlen("/metrics/0"), cases[i].pointer);
        assert_int_equal(faults.count, 1);
    }
}

/* --- the rest of the document --- */

static void test_policy_decode__backlog__is_read(void **state)
{
    (void)state;
    assert_int_equal(decode_changed("", ""), ERR_OK);
    const struct backlog_policy *backlog = &policy.backlog;
    assert_int_equal(backlog->min_orders, 300);
    assert_true(backlog->lenient);
    assert_int_equal(backlog->watch_hours, 36);
    assert_int_equal(backlog->mark_count, 3);
    const struct mark *marks = backlog->marks;
    assert_int_equal(marks[0].hours, 48);
    assert_int_equal(marks[0].level, LEVEL_WARNING);
    assert_int_equal(marks[0].over_percent, 15000);
    assert_int_equal(marks[0].trend.days, 7); /* nothing is said of it: the rule's own */
    assert_int_equal(marks[0].trend.min_eligible, 300);
    assert_int_equal(marks[0].trend.min_overdue, 10);
    assert_int_equal(marks[0].trend.points, 5000);
    assert_int_equal(marks[0].trend.z, 1645);
    assert_int_equal(marks[1].trend.days, 0);
    assert_false(marks[0].inclusive);
    assert_string_equal(marks[0].restriction.kind, "");
    assert_int_equal(marks[1].level, LEVEL_MILD);
    assert_int_equal(marks[1].over_percent, 12500);
    assert_true(marks[1].inclusive);
    assert_string_equal(marks[1].restriction.kind, "search_demotion");
    assert_true(marks[1].restriction.has_percent);
    assert_int_equal(marks[1].restriction.percent, 75);
    assert_int_equal(marks[1].restriction.hours, 72);
    assert_int_equal(marks[2].level, LEVEL_SEVERE);
    assert_int_equal(marks[2].over_percent, 125);
    assert_false(marks[2].restriction.has_percent);
}

static void test_policy_decode__empty_document__has_the_defaults(void **state)
{
    (void)state;
    assert_int_equal(policy_decode("{}", 2, "p1", &policy, &faults), ERR_OK);
    assert_string_equal(policy.id, "p1");
    assert_int_equal(policy.silent_after_s, 24 * 3600);
    assert_int_equal(policy.novice_orders, 15);
    assert_int_equal(policy.novice_days, 90);
    assert_int_equal(policy.min_factors, 1);
    assert_int_equal(policy.star_count, 0);
    assert_false(policy.has_novice_star);
    assert_int_equal(policy.sample_full, 0);
    assert_int_equal(policy.bonus.each, 0);
    assert_int_equal(policy.peers_min, 20);
    assert_int_equal(policy.band, 100);
    assert_int_equal(policy.composite_count, 0);
    assert_int_equal(policy.eligibility_count, 0);
    assert_int_equal(policy.factor_count, 0);
    assert_int_equal(policy.metric_count, 0);
    assert_int_equal(policy.backlog.mark_count, 0);
    assert_int_equal(policy.backlog.watch_hours, 24);
    assert_false(policy.backlog.lenient);
}

static void test_policy_decode__id__is_that_of_the_path(void **state)
{
    (void)state;
    const char *text = "{\"id\":\"p2\"}";
    assert_int_equal(policy_decode(text, strlen(text), "p1", &policy, &faults), ERR_INVALID);
    assert_string_equal(faults.items[0].pointer, "/id");
    assert_int_equal(policy_decode(text, strlen(text), NULL, &policy, &faults), ERR_OK);
    assert_string_equal(policy.id, "p2");
    assert_int_equal(policy_decode("{}", 2, NULL, &policy, &faults), ERR_INVALID);
    assert_string_equal(faults.items[0].pointer, "/id");
    assert_int_equal(policy_decode("{}", 2, "p@1", &policy, &faults), ERR_INVALID);
    assert_string_equal(faults.items[0].pointer, "/id");
}

static void test_policy_decode__one_wrong_place__is_named_alone(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *pointer;
    } cases[] = {
        {"'id':'p1'", "'id':'P1'", "/id"},
        {"'id':'p1'", "'id':5", "/id"},
        {"'id':'p1'", "'id':'_p1'", "/id"},
        {"'id':'p1'", "'$schema':5", "/$schema"},
        {"'name':'Test'", "'name':5", "/name"},
        {"'name':'Test'", "'nane':'Test'", "/nane"},
        {"'notes':'for people'", "'notes':['for people']", "/notes"},
        {"{'silent_after':12}", "5", "/feeds"},
        {"'silent_after':12", "'silent_after':-1", "/feeds/silent_after"},
        {"'silent_after':12", "'silent_after':1.5", "/feeds/silent_after"},
        {"'silent_after':12", "'silent_after':8761", "/feeds/silent_after"},
        {"'silent_after':12", "'silent':12", "/feeds/silent"},
        {"'orders':20", "'orders':'20'", "/novice/orders"},
        {"'days':60", "'days':367", "/novice/days"},
        {"'days':60", "'days':0", "/novice/days"},
        {"'min_factors':2", "'min_factors':0", "/composite/min_factors"},
        {"'min_factors':2", "'min_factors':9", "/composite/min_factors"},
        {"'star':'3.5'", "'star':'10.1'", "/novice/star"},
        {"'full':30", "'full':0", "/small_sample/full"},
        {"'full':30", "'full':1000001", "/small_sample/full"},
        {"'full':30,", "", "/small_sample/full"},
        {",'points':'7.000'}", "}", "/small_sample/points"},
        {"'points':'7.000'", "'points':'10.001'", "/small_sample/points"},
        {"'each':'0.050'", "'each':'0'", "/bonus/each"},
        {"'each':'0.050',", "", "/bonus/each"},
        {"'cap':'0.500',", "", "/bonus/cap"},
        {"'cap':'0.500'", "'cap':'10.001'", "/bonus/cap"},
        {"['worry_free','gifts']", "[]", "/bonus/services"},
        {"'gifts'", "'Gifts'", "/bonus/services/1"},
        {"'gifts'", "'worry_free'", "/bonus/services/1"},
        {"'min':25", "'min':0", "/peers/min"},
        {"'band':'0.150'", "'band':'-1'", "/peers/band"},
        {"'band':'0.150'", "'bands':'1'", "/peers/bands"},
        {"'rank':'90.00'", "'rank':'100.01'", "/stars/0/rank"},
        {"'rank':'90.00'", "'rank':'90.001'", "/stars/0/rank"},
        {"'rank':'90.00',", "", "/stars/0"},
        {"'factor_rank':'20.5'", "'factor_rank':-1", "/stars/0/factor_rank"},
        {"'unrestricted':true", "'unrestricted':'yes'", "/stars/0/unrestricted"},
        {"'points':'9.500'", "'points':'10.001'", "/stars/1/points"},
        {"'points':'9.500'", "'points':'9.5001'", "/stars/1/points"},
        {"'points':'0'", "'points':'9.501'", "/stars/2/points"},
        {"'rank':0}", "'rank':'90.01'}", "/stars/2/rank"},
        {"'star':'4.9'", "'star':'4.95'", "/stars/1/star"},
        {"'star':'2.5'", "'star':'4.9'", "/stars/2/star"},
        {"{'points':'0','star':'2.5','rank':0}", "3", "/stars/2"},
        {"'star':'2.5'", "'star':'2.5','x':1", "/stars/2/x"},
        {"'id':'e1'", "'id':'E'", "/eligibility/0/id"},
        {"'id':'e2'", "'id':'e1'", "/eligibility/1/id"},
        {"'id':'e2','unrestricted':true", "'id':'e2'", "/eligibility/1"},
        {"'id':'e2','unrestricted':true", "'id':'e2','unrestricted':false", "/eligibility/1"},
        {"'id':'e2',", "'id':'e2','stars':'4.5',", "/eligibility/1/stars"},
        {"'star':'4.5'", "'star':'high'", "/eligibility/0/star"},
        {"'id':'c1'", "'id':'c 1'", "/composites/0/id"},
        {"'metric':'m4'", "'metric':'m7'", "/composites/0/parts/0/metric"},
        {"'metric':'m4'", "'metric':'m3'", "/composites/0/parts/0/metric"}, /* no anchors */
        {"'metric':'m4'", "'metric':'m1'", "/composites/0/parts/1/metric"},
        {"'weight':'0.600'", "'weight':0", "/composites/0/parts/1/weight"},
        {"'metric':'m4','weight':'0.400'", "'metric':'m4'", "/composites/0/parts/0/weight"},
        {"'parts':[{'metric':'m4','weight':'0.400'},{'metric':'m1','weight':'0.600'}]",
         "'parts':[]", "/composites/0/parts"},
        {",'parts':[{'metric':'m4','weight':'0.400'},{'metric':'m1','weight':'0.600'}]", "",
         "/composites/0/parts"},
        {"'weight':'0.600'}]}]",
         "'weight':'0.600'}]},{'id':'c1','parts':"
         "[{'metric':'m1','weight':1}]}]",
         "/composites/1/id"},
        {"'id':'f1'", "'id':'f-1'", "/factors/0/id"},
        {"'id':'f1',", "", "/factors/0/id"},
        {"'weight':'0.250'", "'weight':'0'", "/factors/0/weight"},
        {"'weight':'0.250'", "'weight':'1e3'", "/factors/0/weight"},
        {"'required':true", "'required':'yes'", "/factors/0/required"},
        {"'required':true", "'optional':true", "/factors/0/optional"},
        {"'weight':'0.400'", "'weight':'0.000'", "/factors/0/metrics"},
        {"'weight':'0.400',", "", "/factors/0/metrics/0/weight"},
        {"'id':'m2'", "'id':'m1'", "/factors/0/metrics/1/id"},
        {"'id':'m3'", "'id':'m1'", "/metrics/0/id"},
        {"'id':'m3'", "'id':'M3'", "/metrics/0/id"},
        {"'unit':'ratio'", "'unit':'percent'", "/factors/0/metrics/0/unit"},
        {"'unit':'ratio'", "'unit':'hours'", "/factors/0/metrics/0/unit"},
        {"'unit':'hours'", "'unit':'ratio'", "/factors/0/metrics/1/unit"},
        {"{'kind':'within','milestone':'collected','days':0}", "'collected'",
         "/factors/0/metrics/0/measure"},
        {"'kind':'within'", "'kind':'share'", "/factors/0/metrics/0/measure/kind"},
        {"'milestone':'collected'", "'milestone':'packed'",
         "/factors/0/metrics/0/measure/milestone"},
        {",'days':0", "", "/factors/0/metrics/0/measure"},
        {"'days':0", "'days':0,'hours':24", "/factors/0/metrics/0/measure"},
        {"'days':0", "'days':367", "/factors/0/metrics/0/measure/days"},
        {"'days':0", "'hours':0", "/factors/0/metrics/0/measure/hours"},
        {"'days':0", "'hours':8761", "/factors/0/metrics/0/measure/hours"},
        {"'days':0", "'days':0,'weeks':1", "/factors/0/metrics/0/measure/weeks"},
        {"'promise':true", "'promise':false", "/metrics/0/measure/promise"},
        {"'milestone':'delivered'", "'milestone':'delivered','hours':24",
         "/factors/0/metrics/1/measure/hours"},
        {"'window_days':30", "'window_days':0", "/factors/0/metrics/0/window_days"},
        {"'window_days':30,", "", "/factors/0/metrics/0/window_days"},
        {"'better':'higher'", "'better':'up'", "/factors/0/metrics/0/better"},
        {"'target':'0.9500'", "'target':'1.0001'", "/factors/0/metrics/0/target"},
        {"'target':'0.9500'", "'goal':'0.9500'", "/factors/0/metrics/0/goal"},
        {",'anchors':[['0','0'],['0.5','4'],['1.0000','10.000']]", "",
         "/factors/0/metrics/0/anchors"},
        {"['0.5','4'],['1.0000','10.000']", "['0','4']", "/factors/0/metrics/0/anchors/1/0"},
        {"['0','0'],['0.5','4'],", "", "/factors/0/metrics/0/anchors"},
        {"['0.5','4']", "['0.5']", "/factors/0/metrics/0/anchors/1"},
        {"['0.5','4']", "['0.5','10.001']", "/factors/0/metrics/0/anchors/1/1"},
        {"['0.5','4']", "['1.5','4']", "/factors/0/metrics/0/anchors/1/0"},
        {"['0.5','4']", "['half','4']", "/factors/0/metrics/0/anchors/1/0"},
        {"'window_days':1,", "'window_days':1,'weight':'1',", "/metrics/0/weight"},
        {"'min_orders':300", "'min_orders':-1", "/backlog/min_orders"},
        {"'overdue_basis':'lenient'", "'overdue_basis':'soft'", "/backlog/overdue_basis"},
        {"'watch_hours':36", "'watch_hours':721", "/backlog/watch_hours"},
        {"'over_percent':15}", "'over_percent':15,'trend':true}", "/backlog/marks/0/trend"},
        {"'over_percent':15}", "'over_percent':15,'trend':{'days':29}}",
         "/backlog/marks/0/trend/days"},
        {"'over_percent':15}", "'over_percent':15,'trend':{'points':'0'}}",
         "/backlog/marks/0/trend/points"},
        {"'over_percent':15}", "'over_percent':15,'trend':{'z':'10.001'}}",
         "/backlog/marks/0/trend/z"},
        {"'over_percent':15}", "'over_percent':15,'trend':{'slope':1}}",
         "/backlog/marks/0/trend/slope"},
        {"'hours':72,", "'trend':false,'hours':72,", "/backlog/marks/1/trend"},
        {"'watch_hours':36", "'watch_days':1", "/backlog/watch_days"},
        {"'hours':48", "'hours':0", "/backlog/marks/0/hours"},
        {"'hours':120", "'hours':721", "/backlog/marks/2/hours"},
        {"{'hours':72,'level'", "{'hours':48,'level'", "/backlog/marks/1/hours"},
        {"'level':'warning'", "'level':'watch'", "/backlog/marks/0/level"},
        {"'over_percent':15", "'over_percent':100.001", "/backlog/marks/0/over_percent"},
        {"'over_percent':15", "'over_percent':-1", "/backlog/marks/0/over_percent"},
        {"'over_percent':15", "'over_percent':'15 %'", "/backlog/marks/0/over_percent"},
        {"'over_percent':15", "'over_percent':0.0001", "/backlog/marks/0/over_percent"},
        {",'over_percent':15", "", "/backlog/marks/0/over_percent"},
        {"'inclusive':true", "'inclusive':1", "/backlog/marks/1/inclusive"},
        {"'kind':'off_sale'", "'kind':'Off sale'", "/backlog/marks/2/restriction/kind"},
        {"'kind':'off_sale',", "", "/backlog/marks/2/restriction/kind"},
        {"'percent':75", "'percent':0", "/backlog/marks/1/restriction/percent"},
        {"'percent':75", "'percent':101", "/backlog/marks/1/restriction/percent"},
        {"'off_sale','hours':24", "'off_sale'", "/backlog/marks/2/restriction/hours"},
        {"'off_sale','hours':24", "'off_sale','hours':8761", "/backlog/marks/2/restriction/hours"},
        {"'off_sale','hours':24", "'off_sale','hours':24,'to':1",
         "/backlog/marks/2/restriction/to"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s -> %s\n", cases[i].from, cases[i].to);
        assert_int_equal(decode_changed(cases[i].from, cases[i].to), ERR_INVALID);
        assert_string_equal(faults.items[0].pointer, cases[i].pointer);
        assert_int_equal(faults.count, 1);
    }
}

static void test_policy_decode__several_wrong_places__are_all_named(void **state)
{
    (void)state;
    const char *text = "{\"x\":1,\"novice\":{\"days\":0,\"orders\":-1},\"backlog\":{}}";
    assert_int_equal(policy_decode(text, strlen(text), "p1", &policy, &faults), ERR_INVALID);
    assert_int_equal(faults.count, 4);
    assert_string_equal(faults.items[0].pointer, "/x");
    assert_string_equal(faults.items[1].pointer, "/novice/orders");
    assert_string_equal(faults.items[2].pointer, "/novice/days");
    assert_string_equal(faults.items[3].pointer, "/backlog/marks");
}

static void test_policy_decode__very_many_faults__are_cut(void **state)
{
    (void)state;
    AUTO_BUF struct buf text;
    buf_init(&text, 1000);
    for (int i = 0; i < 40; i++)
        buf_printf(&text, "%c\"x%d\":1", i > 0 ? ',' : '{', i);
    buf_putc(&text, '}');
    assert_int_equal(policy_decode(buf_text(&text), text.len, "p1", &policy, &faults), ERR_INVALID);
    assert_int_equal(faults.count, POLICY_FAULTS_MAX);
}

/* A factor with one metric, and `count` metrics beside it. */
static enum err decode_with_metrics(int count)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 100000);
    buf_puts(&text, "{\"factors\":[{\"id\":\"f\",\"weight\":1,\"metrics\":[{\"id\":\"f0\","
                    "\"unit\":\"ratio\",\"window_days\":30,\"better\":\"higher\",\"weight\":1,"
                    "\"measure\":{\"kind\":\"within\",\"milestone\":\"delivered\",\"days\":1},"
                    "\"anchors\":[[0,0],[1,10]]}]}],\"metrics\":[");
    for (int i = 0; i < count; i++) {
        buf_printf(&text,
                   "%s{\"id\":\"m%d\",\"unit\":\"ratio\",\"window_days\":30,\"better\":"
                   "\"higher\",\"measure\":{\"kind\":\"within\",\"milestone\":\"collected\","
                   "\"hours\":%d}}",
                   i > 0 ? "," : "", i, i + 1);
    }
    buf_puts(&text, "]}");
    return policy_decode(buf_text(&text), text.len, "p1", &policy, &faults);
}

static void test_policy_decode__number_of_metrics__is_limited(void **state)
{
    (void)state;
    assert_int_equal(decode_with_metrics(POLICY_METRICS_MAX - 1), ERR_OK);
    assert_int_equal(policy.metric_count, POLICY_METRICS_MAX);
    assert_int_equal(policy.scored_metric_count, 1);
    assert_int_equal(decode_with_metrics(POLICY_METRICS_MAX), ERR_INVALID);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].pointer, "/metrics");
}

static void test_policy_decode__not_a_document__is_one_fault(void **state)
{
    (void)state;
    assert_int_equal(policy_decode("{", 1, "p1", &policy, &faults), ERR_UNPARSABLE);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].pointer, "");
    assert_int_equal(policy_decode("[]", 2, "p1", &policy, &faults), ERR_INVALID);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].pointer, "");
}

static void test_policy_canonical__same_rules__are_the_same_text(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"$schema\":\"x\",\"id\":\"a\",\"version\":1,\"novice\":{\"orders\":15,\"days\":90}}",
        "{ \"novice\": {\"days\": 9e1, \"orders\": 15.0}, \"version\": 2, \"name\": null }",
    };
    for (size_t i = 0; i < 2; i++) {
        AUTO_BUF struct buf out;
        buf_init(&out, 1000);
        assert_int_equal(policy_canonical(cases[i], strlen(cases[i]), &out), ERR_OK);
        assert_string_equal(buf_text(&out), "{\"novice\":{\"days\":90,\"orders\":15}}");
    }
}

static void test_policy_document__id_and_version__are_put_in(void **state)
{
    (void)state;
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    assert_int_equal(policy_document("{\"a\":1}", 7, "jd", 3, &out), ERR_OK);
    assert_string_equal(buf_text(&out), "{\"id\":\"jd\",\"version\":3,\"a\":1}");
    buf_clear(&out);
    assert_int_equal(policy_document("{}", 2, "jd", 1, &out), ERR_OK);
    assert_string_equal(buf_text(&out), "{\"id\":\"jd\",\"version\":1}");
}

static void test_policy_document__answer__can_be_put_again(void **state)
{
    (void)state;
    AUTO_BUF struct buf text;
    AUTO_BUF struct buf canonical;
    AUTO_BUF struct buf answer;
    AUTO_BUF struct buf again;
    buf_init(&text, 100000);
    buf_init(&canonical, 100000);
    buf_init(&answer, 100000);
    buf_init(&again, 100000);
    put_changed(&text, "", "");
    assert_int_equal(policy_canonical(buf_text(&text), text.len, &canonical), ERR_OK);
    assert_int_equal(policy_document(canonical.data, canonical.len, "p1", 8, &answer), ERR_OK);
    assert_int_equal(policy_decode(answer.data, answer.len, "p1", &policy, &faults), ERR_OK);
    assert_int_equal(policy_canonical(answer.data, answer.len, &again), ERR_OK);
    assert_string_equal(again.data, canonical.data);
}

/* --- the shipped documents --- */

/* The tests are run from the top of the tree. */
static void decode_shipped(const char *id)
{
    char path[64];
    snprintf(path, sizeof path, "policies/%s.json", id);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char text[POLICY_MAX_BYTES];
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    enum err err = policy_decode(text, len, id, &policy, &faults);
    for (size_t i = 0; i < faults.count; i++)
        print_message("%s %s\n", faults.items[i].pointer, faults.items[i].detail);
    assert_int_equal(err, ERR_OK);
}

static const struct metric *metric(const char *id)
{
    for (size_t i = 0; i < policy.metric_count; i++) {
        if (strcmp(policy.metrics[i].id, id) == 0)
            return &policy.metrics[i];
    }
    fail_msg("no metric %s", id);
    return NULL;
}

/* Points fall where a lower value is better, and rise elsewhere. */
static void check_directions(void)
{
    for (size_t i = 0; i < policy.metric_count; i++) {
        const struct metric *m = &policy.metrics[i];
        for (size_t a = 1; a < m->anchor_count; a++) {
            if (m->higher_is_better)
                assert_true(m->anchors[a].points > m->anchors[a - 1].points);
            else
                assert_true(m->anchors[a].points < m->anchors[a - 1].points);
        }
    }
}

static int64_t factor_weights(void)
{
    int64_t sum = 0;
    for (size_t i = 0; i < policy.factor_count; i++) {
        const struct factor *factor = &policy.factors[i];
        int64_t weights = 0;
        for (size_t m = 0; m < factor->metric_count; m++)
            weights += policy.metrics[factor->metric_first + m].weight;
        assert_int_equal(weights, 1000);
        sum += factor->weight;
    }
    return sum;
}

static void test_policy_decode__shipped_jd__has_every_metric(void **state)
{
    (void)state;
    decode_shipped("jd");
    static const char *const ids[] = {"product_satisfaction",
                                      "logistics_one_star_rate",
                                      "service_one_star_rate",
                                      "same_day_collection_rate",
                                      "collection_rate_24h",
                                      "on_time_shipping_rate",
                                      "next_day_delivery_rate",
                                      "mean_delivery_hours",
                                      "after_sales_hours",
                                      "return_satisfaction",
                                      "audit_rate_24h",
                                      "return_rate",
                                      "reply_rate_30s",
                                      "mean_response_seconds",
                                      "chat_satisfaction",
                                      "reply_rate_3min",
                                      "work_order_reply_rate",
                                      "dispute_rate",
                                      "dispute_self_resolved_rate",
                                      "dispute_timeliness_rate",
                                      "description_satisfaction",
                                      "courier_satisfaction",
                                      "logistics_satisfaction",
                                      "tmall_after_sales_satisfaction"};
    size_t count = sizeof ids / sizeof ids[0];
    assert_int_equal(policy.metric_count, count);
    assert_int_equal(policy.scored_metric_count, 20);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(policy.metrics[i].id, ids[i]);
        bool half_year = strcmp(ids[i], "return_satisfaction") == 0;
        assert_int_equal(policy.metrics[i].window_days, half_year ? 180 : 30);
    }
    static const char *const lower[] = {"logistics_one_star_rate",
                                        "service_one_star_rate",
                                        "mean_delivery_hours",
                                        "after_sales_hours",
                                        "return_rate",
                                        "mean_response_seconds",
                                        "dispute_rate"};
    size_t lower_count = 0;
    for (size_t i = 0; i < count; i++)
        lower_count += !policy.metrics[i].higher_is_better;
    assert_int_equal(lower_count, sizeof lower / sizeof lower[0]);
    for (size_t i = 0; i < lower_count; i++)
        assert_false(metric(lower[i])->higher_is_better);
    check_directions();

    const struct measure *a1 = &metric("after_sales_hours")->measure;
    unsigned services = SET(TICKET_RETURN) | SET(TICKET_EXCHANGE) | SET(TICKET_REPAIR) |
                        SET(TICKET_REFUND) | SET(TICKET_RESEND);
    assert_int_equal(a1->tickets, services);
    assert_int_equal(a1->n, 180);
    assert_int_equal(metric("audit_rate_24h")->measure.tickets, services);
    assert_int_equal(metric("tmall_after_sales_satisfaction")->measure.tickets, services);
    const struct metric *returns = metric("return_rate");
    assert_int_equal(returns->weight, 0);
    assert_int_equal(returns->measure.tickets,
                     SET(TICKET_RETURN) | SET(TICKET_EXCHANGE) | SET(TICKET_REPAIR));
    assert_int_equal(returns->per.kind, MEASURE_UNITS);
    const struct metric *disputes = metric("dispute_rate");
    assert_int_equal(disputes->measure.milestone, MILESTONE_RULED);
    assert_int_equal(disputes->per.kind, MEASURE_ORDERS);
    assert_int_equal(metric("reply_rate_3min")->measure.n, 180);
    assert_true(metric("reply_rate_3min")->measure.no_recontact);
    assert_false(metric("work_order_reply_rate")->measure.no_recontact);
}

static void test_policy_decode__shipped_jd__has_the_published_rules(void **state)
{
    (void)state;
    decode_shipped("jd");
    static const char *const factors[] = {"user_evaluation", "logistics", "after_sales",
                                          "customer_service", "disputes"};
    static const int64_t weights[] = {250, 250, 200, 150, 150};
    assert_int_equal(policy.factor_count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(policy.factors[i].id, factors[i]);
        assert_int_equal(policy.factors[i].weight, weights[i]);
        assert_int_equal(policy.factors[i].required, i == 1);
    }
    assert_int_equal(factor_weights(), 1000);
    assert_int_equal(policy.min_factors, 3);
    assert_int_equal(policy.silent_after_s, 24 * 3600);
    assert_int_equal(policy.novice_orders, 15);
    assert_int_equal(policy.novice_days, 90);
    assert_int_equal(policy.sample_full, 30);
    assert_int_equal(policy.bonus.each, 50);
    assert_int_equal(policy.bonus.cap, 500);
    assert_int_equal(policy.bonus.service_count, 0);
    assert_int_equal(policy.peers_min, 20);

    static const struct {
        int64_t star, rank, factor_rank, points; /* -1: none */
    } cuts[] = {
        {50, 9000, 3000, -1}, {49, 9000, 3000, 9500}, {45, 7500, 3000, 9000}, {40, 5000, -1, 8500},
        {35, 3000, -1, 8000}, {30, 1500, -1, 7500},   {25, 0, -1, 0},
    };
    assert_int_equal(policy.star_count, 7);
    for (size_t i = 0; i < 7; i++) {
        const struct gates *gates = &policy.stars[i].gates;
        assert_int_equal(policy.stars[i].star, cuts[i].star);
        assert_int_equal(gates->has_rank ? gates->rank : -1, cuts[i].rank);
        assert_int_equal(gates->has_factor_rank ? gates->factor_rank : -1, cuts[i].factor_rank);
        assert_int_equal(gates->has_points ? gates->points : -1, cuts[i].points);
        assert_int_equal(gates->unrestricted, i == 0);
    }
    assert_int_equal(policy.eligibility_count, 2);
    assert_string_equal(policy.eligibilities[0].id, "good_store");
    assert_int_equal(policy.eligibilities[0].gates.rank, 9000);
    assert_string_equal(policy.eligibilities[1].id, "campaign_registration");
    assert_int_equal(policy.eligibilities[1].gates.rank, 2000);
    static const char *const composites[] = {"product", "service", "timeliness"};
    static const size_t parts[] = {3, 5, 4};
    assert_int_equal(policy.composite_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(policy.composites[i].id, composites[i]);
        assert_int_equal(policy.composites[i].part_count, parts[i]);
    }

    const struct backlog_policy *backlog = &policy.backlog;
    assert_int_equal(backlog->min_orders, 300);
    assert_false(backlog->lenient);
    assert_int_equal(backlog->watch_hours, 24);
    assert_int_equal(backlog->mark_count, 3);
    assert_int_equal(backlog->marks[0].hours, 48);
    assert_int_equal(backlog->marks[0].over_percent, 15000);
    assert_false(backlog->marks[0].inclusive);
    assert_int_equal(backlog->marks[1].hours, 72);
    assert_int_equal(backlog->marks[1].over_percent, 10000);
    assert_true(backlog->marks[1].inclusive);
    assert_int_equal(backlog->marks[1].restriction.percent, 75);
    assert_int_equal(backlog->marks[1].restriction.hours, 72);
    assert_int_equal(backlog->marks[2].hours, 120);
    assert_string_equal(backlog->marks[2].restriction.kind, "off_sale");
    assert_int_equal(backlog->marks[2].restriction.hours, 24);
}

static void test_policy_decode__shipped_amazon__has_the_published_limits(void **state)
{
    (void)state;
    decode_shipped("amazon");
    static const struct {
        const char *id;
        int32_t days;
        int64_t target;
        bool higher;
    } cases[] = {
        {"order_defect_rate", 60, 100, false},
        {"pre_fulfilment_cancellation_rate", 7, 250, false},
        {"late_shipment_rate", 30, 400, false},
        {"late_shipment_rate_10d", 10, 400, false},
        {"valid_tracking_rate", 30, 9500, true},
        {"on_time_delivery_rate", 14, 9000, true},
    };
    assert_int_equal(policy.metric_count, sizeof cases / sizeof cases[0]);
    for (size_t i = 0; i < policy.metric_count; i++) {
        const struct metric *m = metric(cases[i].id);
        assert_int_equal(m->window_days, cases[i].days);
        assert_int_equal(m->target, cases[i].target);
        assert_int_equal(m->higher_is_better, cases[i].higher);
    }
    assert_int_equal(metric("order_defect_rate")->measure.defects,
                     DEFECT_NEGATIVE_REVIEW | DEFECT_DISPUTE);
    assert_true(metric("late_shipment_rate")->complement);
    assert_true(metric("late_shipment_rate_10d")->complement);
    assert_int_equal(factor_weights(), 1000);
    check_directions();
    assert_int_equal(policy.backlog.mark_count, 0);
}

static void test_policy_decode__shipped_tmall__scores_its_three_numbers(void **state)
{
    (void)state;
    decode_shipped("tmall");
    assert_int_equal(policy.metric_count, 3);
    assert_int_equal(policy.scored_metric_count, 3);
    assert_int_equal(metric("tmall_after_sales_satisfaction")->measure.kind, MEASURE_RATED);
    assert_int_equal(metric("collection_rate_24h")->measure.n, 24);
    assert_int_equal(metric("collection_rate_48h")->measure.n, 48);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(policy.metrics[i].window_days, 30);
    assert_int_equal(factor_weights(), 1000);
    check_directions();
}

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_policy_decode__whole_document__is_read),
        unit(test_policy_decode__stars_and_eligibility__are_read),
        unit(test_policy_decode__composites__name_metrics_anywhere),
        unit(test_policy_decode__factors_and_metrics__are_read),
        unit(test_policy_decode__every_kind_of_measure__is_read),
        unit(test_policy_decode__wrong_measure__is_named_alone),
        unit(test_policy_decode__backlog__is_read),
        unit(test_policy_decode__empty_document__has_the_defaults),
        unit(test_policy_decode__id__is_that_of_the_path),
        unit(test_policy_decode__one_wrong_place__is_named_alone),
        unit(test_policy_decode__several_wrong_places__are_all_named),
        unit(test_policy_decode__very_many_faults__are_cut),
        unit(test_policy_decode__number_of_metrics__is_limited),
        unit(test_policy_decode__not_a_document__is_one_fault),
        unit(test_policy_canonical__same_rules__are_the_same_text),
        unit(test_policy_document__id_and_version__are_put_in),
        unit(test_policy_document__answer__can_be_put_again),
        unit(test_policy_decode__shipped_jd__has_every_metric),
        unit(test_policy_decode__shipped_jd__has_the_published_rules),
        unit(test_policy_decode__shipped_amazon__has_the_published_limits),
        unit(test_policy_decode__shipped_tmall__scores_its_three_numbers),
    };
    return cmocka_run_group_tests_name("json/policy", tests, NULL, NULL);
}
