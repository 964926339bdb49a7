/* Delay reports: their course, what may be filed, what becomes of a line, what they excuse (D-doc
 * section 4, CONTRACT section 7). */
#include "written.h"

#include "domain/measure.h"
#include "domain/policy.h"
#include "domain/report.h"
#include "observed.h"

static const struct report_limits limits = {6, 7, 24, 48};
static struct zone zone;

static int set_up(void **state)
{
    (void)state;
    zone_fixed(&zone, 8 * 60);
    return 0;
}

/* --- its course --- */

struct course {
    const char *events[WRITTEN_FACTS];
    const char *status;
};

static void test_report_at__decisions__lead_from_status_to_status(void **state)
{
    (void)state;
    static const struct course cases[] = {
        {{"05T10:00 filed orders"}, "pending"},
        {{"05T10:00 filed orders", "05T11:00 approved"}, "approved"},
        {{"05T10:00 filed orders", "05T11:00 rejected"}, "rejected"},
        {{"05T10:00 filed orders", "05T11:00 withdrawn"}, "withdrawn"},
        {{"05T10:00 filed orders", "05T11:00 approved", "06T11:00 revoked"}, "revoked"},
        /* what does not fit the status is of no effect */
        {{"05T10:00 filed orders", "05T11:00 revoked"}, "pending"},
        {{"05T10:00 filed orders", "05T11:00 rejected", "05T12:00 approved"}, "rejected"},
        {{"05T10:00 filed orders", "05T11:00 withdrawn", "05T12:00 approved"}, "withdrawn"},
        {{"05T10:00 filed orders", "05T11:00 approved", "05T12:00 rejected"}, "approved"},
        /* at one instant the filing precedes, by its id */
        {{"05T10:00 filed orders", "05T10:00 approved"}, "approved"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct written written;
        print_message("case %zu\n", i);
        write_facts(&written, cases[i].events);
        struct report_view view = report_at(&written.facts, INSTANT_NEVER);
        assert_true(view.known);
        assert_string_equal(report_status_name(view.status), cases[i].status);
    }
}

static void test_report_may__every_status__lets_the_rules_decisions(void **state)
{
    (void)state;
    for (int s = 0; s < REPORT_STATUSES; s++) {
        enum report_status status = (enum report_status)s;
        bool pending = status == REPORT_PENDING;
        assert_int_equal(report_may(status, DECIDE_APPROVE), pending);
        assert_int_equal(report_may(status, DECIDE_REJECT), pending);
        assert_int_equal(report_may(status, DECIDE_WITHDRAW), pending);
        assert_int_equal(report_may(status, DECIDE_REVOKE), status == REPORT_APPROVED);
    }
}

static void test_report_at__instants__are_those_of_its_facts(void **state)
{
    (void)state;
    static const char *const events[WRITTEN_FACTS] = {"05T10:00 filed orders ship_by=09T18:00",
                                                      "05T11:00 approved", "06T11:00 revoked"};
    struct written written;
    write_facts(&written, events);
    struct report_view view = report_at(&written.facts, INSTANT_NEVER);
    assert_instant(view.submitted, at("05T10:00"));
    assert_instant(view.ship_by, at("09T18:00"));
    assert_instant(view.approved, at("05T11:00"));
    assert_instant(view.revoked, at("06T11:00"));
    /* The next decision lies behind all of them. */
    assert_instant(report_decision_at(&view, at("06T10:00")), at("06T11:00:00.000001"));
    assert_instant(report_decision_at(&view, at("06T11:00")), at("06T11:00:00.000001"));
    assert_instant(report_decision_at(&view, at("07T00:00")), at("07T00:00"));
    view = report_at(&written.facts, at("06T10:59"));
    assert_int_equal(view.status, REPORT_APPROVED);
    assert_instant(view.last, at("05T11:00"));
    assert_true(instant_is_never(view.revoked));
    assert_false(report_at(&written.facts, at("05T09:59")).known);
}

/* --- filing --- */

struct filing {
    enum report_scope scope;
    enum report_kind kind;
    const char *from, *to, *ship_by;
    const char *pointer; /* NULL: it may be filed */
};

/* Now is the 10th, noon: the reach begins with the 4th, a period may last until the 17th, noon. */
static void test_report_fault__terms__keep_to_the_reach(void **state)
{
    (void)state;
    static const struct filing cases[] = {
        {REPORT_ORDERS, REPORT_EMERGENCY, NULL, NULL, NULL, NULL},
        {REPORT_ORDERS, REPORT_CONSENT, NULL, NULL, "10T12:00:01", NULL},
        {REPORT_ORDERS, REPORT_CONSENT, NULL, NULL, "10T12:00", "/promised_ship_by"},
        {REPORT_ORDERS, REPORT_ADVANCE, NULL, NULL, NULL, "/kind"},
        {REPORT_TICKETS, REPORT_EMERGENCY, NULL, NULL, NULL, NULL},
        {REPORT_STORE, REPORT_CONSENT, "10T13:00", "11T00:00", NULL, "/kind"},
        {REPORT_STORE, REPORT_EMERGENCY, "04T00:00", "17T12:00", NULL, NULL},
        {REPORT_STORE, REPORT_EMERGENCY, "03T23:59:59", "17T12:00", NULL, "/period/from"},
        {REPORT_STORE, REPORT_EMERGENCY, "04T00:00", "17T12:00:01", NULL, "/period/to"},
        {REPORT_STORE, REPORT_EMERGENCY, "05T00:00", "05T00:00", NULL, "/period/to"},
        {REPORT_STORE, REPORT_ADVANCE, "10T12:00", "17T12:00", NULL, NULL},
        {REPORT_STORE, REPORT_ADVANCE, "10T11:59:59", "17T12:00", NULL, "/period/from"},
        {REPORT_STORE_TICKETS, REPORT_ADVANCE, "10T12:00", "11T12:00", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct filing *c = &cases[i];
        const struct report_terms terms = {c->scope, c->kind, at(c->from), at(c->to),
                                           at(c->ship_by)};
        const char *pointer = NULL;
        const char *why = report_fault(&terms, &limits, &zone.calendar, at("10T12:00"), &pointer);
        print_message("case %zu: %s\n", i, why == NULL ? "may be filed" : why);
        assert_int_equal(why == NULL, c->pointer == NULL);
        if (why != NULL)
            assert_string_equal(pointer, c->pointer);
    }
}

/* --- lines --- */

struct line {
    const char *events[WRITTEN_FACTS];
    const char *result;
};

static void test_report_order_result__order_of_now__is_one_of_the_results(void **state)
{
    (void)state;
    static const struct line cases[] = {
        {{"08T10:00 placed paid_at=08T10:00"}, "accepted"},
        {{"04T00:00 placed paid_at=04T00:00"}, "accepted"},
        {{"03T23:59:59 placed paid_at=03T23:59:59"}, "too_old"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 collected"}, "already_collected"},
        {{"03T10:00 placed paid_at=03T10:00", "09T10:00 collected"}, "already_collected"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 cancelled buyer"}, "cancelled"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 cancelled", "09T11:00 collected"},
         "cancelled"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 collected", "09T11:00 cancelled"},
         "already_collected"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 cancelled", "09T10:00 collected"},
         "cancelled"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 exempted report=R1"}, "already_exempt"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 exempted report=R1",
          "09T11:00 exemption_ended report=R1"},
         "accepted"},
        {{"08T10:00 placed paid_at=08T10:00", "09T10:00 exempted report=R1",
          "09T11:00 exempted report=R2", "09T12:00 exemption_ended report=R1"},
         "already_exempt"},
        {{"08T10:00 placed"}, "not_counted"},
        {{"08T10:00 placed paid_at=08T10:00 test"}, "not_counted"},
        {{"08T10:00 placed paid_at=08T10:00 platform"}, "not_counted"},
        {{"09T10:00 collected"}, "not_found"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct written_order order;
        write_order(&order, cases[i].events);
        struct order_view view = order_at(&order.order, at("10T12:00"));
        print_message("case %zu\n", i);
        assert_string_equal(line_result_name(report_order_result(true, &view, &limits,
                                                                 &zone.calendar, at("10T12:00"))),
                            cases[i].result);
    }
    assert_int_equal(report_order_result(false, NULL, &limits, &zone.calendar, at("10T12:00")),
                     LINE_NOT_FOUND);
    for (int i = 0; i < LINE_RESULTS; i++)
        assert_int_equal(line_result_find(line_result_name((enum line_result)i)), i);
    assert_int_equal(line_result_find("none"), -1);
}

static void test_report_ticket_result__ticket_of_now__is_one_of_the_results(void **state)
{
    (void)state;
    static const struct line cases[] = {
        {{"08T10:00 opened refund"}, "accepted"},
        {{"08T10:00 opened return", "09T10:00 audited approved"}, "accepted"},
        {{"08T10:00 opened refund", "09T10:00 processed refunded"}, "already_handled"},
        {{"08T10:00 opened return", "09T10:00 audited rejected"}, "already_handled"},
        {{"08T10:00 opened refund", "09T10:00 closed cancelled"}, "cancelled"},
        {{"08T10:00 opened refund", "09T10:00 excused report=R1"}, "already_exempt"},
        {{"08T10:00 opened chat"}, "not_counted"},
        {{"08T10:00 opened work_order"}, "not_counted"},
        {{"09T10:00 audited approved"}, "not_found"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct written_ticket ticket;
        write_ticket(&ticket, cases[i].events);
        struct ticket_view view = ticket_at(&ticket.ticket, at("10T12:00"));
        print_message("case %zu\n", i);
        assert_string_equal(line_result_name(report_ticket_result(true, &view, &zone.calendar)),
                            cases[i].result);
    }
}

/* --- what is excused --- */

/* From the submission on, until the revocation; a period by t0, half-open. */
static void test_order_is_exempt__report_or_period__covers_it(void **state)
{
    (void)state;
    static const char *const events[WRITTEN_FACTS] = {"08T10:00 placed paid_at=08T10:00",
                                                      "09T10:00 exempted report=R1",
                                                      "09T12:00 exemption_ended report=R1"};
    struct written_order order;
    write_order(&order, events);
    static const struct {
        const char *t;
        bool exempt;
    } cases[] = {{"09T09:59:59.999999", false},
                 {"09T10:00", true},
                 {"09T11:59:59.999999", true},
                 {"09T12:00", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct order_view view = order_at(&order.order, at(cases[i].t));
        assert_int_equal(order_is_exempt(&view, &zone.calendar), cases[i].exempt);
    }
    struct order_view now = order_at(&order.order, INSTANT_NEVER);
    struct interval period = {at("08T10:00").us, at("08T10:00:00.000001").us};
    zone.calendar.excused[EXCUSED_ORDERS] = &period;
    zone.calendar.excused_count[EXCUSED_ORDERS] = 1;
    assert_true(order_is_exempt(&now, &zone.calendar));
    period.to = period.from;
    period.from--;
    assert_false(order_is_exempt(&now, &zone.calendar));
}

static void test_observe__exempt_order__leaves_shares_and_stays_in_the_cohort(void **state)
{
    (void)state;
    static const char *const events[WRITTEN_FACTS] = {"08T10:00 placed paid_at=08T10:00",
                                                      "09T10:00 exempted report=R1"};
    struct written_order order;
    write_order(&order, events);
    struct order_view view = order_at(&order.order, INSTANT_NEVER);
    const struct mark mark = {.hours = 48};
    struct measure within = mark_measure(&mark), left_open = mark_left_open(&mark);
    assert_int_equal(observed_order(&within, &zone.calendar, &view).count, 0);
    assert_int_equal(observed_order(&left_open, &zone.calendar, &view).count, 0);
    assert_int_equal(observed_order(&measure_count_orders, &zone.calendar, &view).count, 1);
    assert_int_equal(observed_order(&measure_exempt, &zone.calendar, &view).count, 1);
    assert_false(order_wait(SERIES_COLLECTED, &zone.calendar, &view).open);
}

static void test_excused_unite__intervals__ascend_apart(void **state)
{
    (void)state;
    struct interval items[] = {{30, 40}, {10, 20}, {20, 25}, {35, 38}, {50, 50}, {60, 55}, {8, 12}};
    struct excused excused = {sizeof items / sizeof items[0], items};
    excused_unite(&excused);
    assert_int_equal(excused.count, 2);
    assert_int_equal(items[0].from, 8);
    assert_int_equal(items[0].to, 25);
    assert_int_equal(items[1].from, 30);
    assert_int_equal(items[1].to, 40);
}

#define unit(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_report_at__decisions__lead_from_status_to_status),
        unit(test_report_may__every_status__lets_the_rules_decisions),
        unit(test_report_fault__terms__keep_to_the_reach),
        unit(test_report_order_result__order_of_now__is_one_of_the_results),
        unit(test_report_ticket_result__ticket_of_now__is_one_of_the_results),
        unit(test_order_is_exempt__report_or_period__covers_it),
        unit(test_observe__exempt_order__leaves_shares_and_stays_in_the_cohort),
        unit(test_excused_unite__intervals__ascend_apart),
        unit(test_report_at__instants__are_those_of_its_facts),
    };
    return cmocka_run_group_tests_name("domain/report", tests, NULL, NULL);
}
