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
    "'novice':{'orders':20,'days':60},'composite':{'min_factors':2},"
    "'stars':[{'points':'9.500','star':'4.9'},{'points':'0','star':'2.5'}],"
    "'factors':[{'id':'f1','weight':'0.250','required':true,'metrics':["
    "{'id':'m1','unit':'ratio','measure':{'kind':'within','milestone':'collected','days':0},"
    "'window_days':30,'better':'higher','target':'0.9500','weight':'0.400',"
    "'anchors':[['0','0'],['0.5','4'],['1.0000','10.000']]},"
    "{'id':'m2','unit':'hours','measure':{'kind':'duration','milestone':'delivered'},"
    "'window_days':7,'better':'lower','weight':'0','notes':'shown'}]}],"
    "'metrics':[{'id':'m3','unit':'ratio','measure':{'kind':'within','milestone':'collected',"
    "'promise':true},'window_days':1,'better':'higher'}],"
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
    assert_int_equal(policy.star_count, 2);
    assert_int_equal(policy.stars[0].points, 9500);
    assert_int_equal(policy.stars[0].star, 49);
    assert_int_equal(policy.stars[1].points, 0);
    assert_int_equal(policy.stars[1].star, 25);
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
    assert_int_equal(policy.metric_count, 3);
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
}

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
        {"'points':'9.500'", "'points':'10.001'", "/stars/0/points"},
        {"'points':'9.500'", "'points':'9.5001'", "/stars/0/points"},
        {"'points':'0'", "'points':'9.500'", "/stars/1/points"},
        {"'star':'4.9'", "'star':'4.95'", "/stars/0/star"},
        {"'star':'2.5'", "'star':'4.9'", "/stars/1/star"},
        {"{'points':'0','star':'2.5'}", "3", "/stars/1"},
        {"'star':'2.5'", "'star':'2.5','x':1", "/stars/1/x"},
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
        {"'kind':'within'", "'kind':'orders'", "/factors/0/metrics/0/measure/kind"},
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
        "{\"id\":\"a\",\"version\":1,\"novice\":{\"orders\":15,\"days\":90}}",
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

/* The tests are run from the top of the tree. */
static void test_policy_decode__shipped_jd__has_the_published_rules(void **state)
{
    (void)state;
    FILE *file = fopen("policies/jd.json", "r");
    assert_non_null(file);
    static char text[POLICY_MAX_BYTES];
    size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    enum err err = policy_decode(text, len, "jd", &policy, &faults);
    for (size_t i = 0; i < faults.count; i++)
        print_message("%s %s\n", faults.items[i].pointer, faults.items[i].detail);
    assert_int_equal(err, ERR_OK);

    static const char *const metrics[] = {"same_day_collection_rate", "collection_rate_24h",
                                          "on_time_shipping_rate", "next_day_delivery_rate",
                                          "mean_delivery_hours"};
    assert_int_equal(policy.metric_count, 5);
    int64_t weights = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(policy.metrics[i].id, metrics[i]);
        assert_int_equal(policy.metrics[i].window_days, 30);
        weights += policy.metrics[i].weight;
    }
    assert_int_equal(weights, 1000);
    assert_int_equal(policy.silent_after_s, 24 * 3600);
    assert_int_equal(policy.novice_orders, 15);
    assert_int_equal(policy.novice_days, 90);

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

#define unit cmocka_unit_test

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        unit(test_policy_decode__whole_document__is_read),
        unit(test_policy_decode__factors_and_metrics__are_read),
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
        unit(test_policy_decode__shipped_jd__has_the_published_rules),
    };
    return cmocka_run_group_tests_name("json/policy", tests, NULL, NULL);
}
