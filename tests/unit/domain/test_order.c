#include "written.h"

#include "domain/order.h"

/* What an order is, read at `t` (NULL: everything that is known). NULL among the expected: never.
 */
struct order_case {
    const char *name;
    const char *events[WRITTEN_FACTS];
    const char *t;
    const char *t0;
    const char *collected;
    const char *delivered;
    const char *cancelled;
    const char *promise;
};

static void check_orders(const struct order_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct order_case *c = &cases[i];
        print_message("%s\n", c->name);
        struct written_order written;
        write_order(&written, c->events);
        struct order_view view = order_at(&written.order, at(c->t));
        assert_instant(view.t0, at(c->t0));
        assert_instant(view.collected, at(c->collected));
        assert_instant(view.delivered, at(c->delivered));
        assert_instant(view.cancelled, at(c->cancelled));
        assert_instant(view.promise, at(c->promise));
        assert_int_equal(view.counts, c->t0 != NULL);
    }
}

#define check(cases) check_orders(cases, sizeof(cases) / sizeof(cases)[0])

static void test_order_at__payment__sets_the_order_clock(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {.name = "prepaid by paid_at",
         .events = {"02T10:00 placed paid_at=02T10:05"},
         .t0 = "02T10:05",
         .promise = "04T10:05"},
        {.name = "prepaid by order.paid",
         .events = {"02T10:00 placed", "02T10:07 paid"},
         .t0 = "02T10:07",
         .promise = "04T10:07"},
        {.name = "both, order.paid is earlier",
         .events = {"02T10:00 placed paid_at=02T10:05", "02T10:03 paid"},
         .t0 = "02T10:03",
         .promise = "04T10:03"},
        {.name = "both, paid_at is earlier",
         .events = {"02T10:00 placed paid_at=02T10:02", "02T10:03 paid"},
         .t0 = "02T10:02",
         .promise = "04T10:02"},
        {.name = "the earliest of two order.paid",
         .events = {"02T10:00 placed", "02T11:00 paid", "02T10:30 paid"},
         .t0 = "02T10:30",
         .promise = "04T10:30"},
        {.name = "paid before it was placed",
         .events = {"02T10:00 placed", "02T09:00 paid"},
         .t0 = "02T09:00",
         .promise = "04T09:00"},
        {.name = "paid_at before it was placed",
         .events = {"02T10:00 placed paid_at=01T23:00"},
         .t0 = "01T23:00",
         .promise = "03T23:00"},
        {.name = "unpaid", .events = {"02T10:00 placed"}},
        {.name = "paid, never placed", .events = {"02T10:00 paid"}},
        {.name = "nothing known", .events = {NULL}},
        {.name = "cash on delivery counts from its placing",
         .events = {"02T10:00 placed cod"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "cash on delivery, whatever payment is stated",
         .events = {"02T10:00 placed cod paid_at=02T09:00", "02T09:30 paid"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "presale ends after the payment",
         .events = {"02T10:00 placed paid_at=02T10:05 presale_until=05T00:00"},
         .t0 = "05T00:00",
         .promise = "07T00:00"},
        {.name = "presale ends before the payment",
         .events = {"02T10:00 placed presale_until=05T00:00", "06T08:00 paid"},
         .t0 = "06T08:00",
         .promise = "08T08:00"},
        {.name = "presale, unpaid", .events = {"02T10:00 placed presale_until=05T00:00"}},
        {.name = "presale, cash on delivery",
         .events = {"02T10:00 placed cod presale_until=05T00:00"},
         .t0 = "05T00:00",
         .promise = "07T00:00"},
    };
    check(cases);
}

static void test_order_at__events_before_t0__read_as_t0(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {.name = "collected before the payment",
         .events = {"02T10:00 placed", "02T12:00 paid", "02T11:00 collected"},
         .t0 = "02T12:00",
         .collected = "02T12:00",
         .promise = "04T12:00"},
        {.name = "collected before it was placed",
         .events = {"02T10:00 placed cod", "02T09:00 collected"},
         .t0 = "02T10:00",
         .collected = "02T10:00",
         .promise = "04T10:00"},
        {.name = "delivered and cancelled during a presale: a tie",
         .events = {"02T10:00 placed paid_at=02T10:00 presale_until=05T00:00", "03T10:00 delivered",
                    "03T11:00 cancelled"},
         .t0 = "05T00:00",
         .delivered = "05T00:00",
         .cancelled = "05T00:00",
         .promise = "07T00:00"},
        {.name = "promised for before t0",
         .events = {"02T10:00 placed paid_at=02T10:00 presale_until=05T00:00 promised_at=04T00:00"},
         .t0 = "05T00:00",
         .promise = "05T00:00"},
        {.name = "events after t0 keep their instants",
         .events = {"02T10:00 placed cod", "02T10:00:00.000001 collected",
                    "02T10:00:00.000002 delivered", "02T10:00:00.000003 cancelled"},
         .t0 = "02T10:00",
         .collected = "02T10:00:00.000001",
         .delivered = "02T10:00:00.000002",
         .cancelled = "02T10:00:00.000003",
         .promise = "04T10:00"},
    };
    check(cases);
}

static void test_order_at__parcels__are_complete_with_the_last_first_scan(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {.name = "one parcel",
         .events = {"02T10:00 placed cod", "02T12:00 collected parcel=P1"},
         .t0 = "02T10:00",
         .collected = "02T12:00",
         .promise = "04T10:00"},
        {.name = "a repeated scan changes nothing",
         .events = {"02T10:00 placed cod", "02T13:00 collected parcel=P1",
                    "02T12:00 collected parcel=P1"},
         .t0 = "02T10:00",
         .collected = "02T12:00",
         .promise = "04T10:00"},
        {.name = "a repeated scan is not the second parcel",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T13:00 collected parcel=P1"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "the second of two",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T13:00 collected parcel=P1", "02T14:00 collected parcel=P2"},
         .t0 = "02T10:00",
         .collected = "02T14:00",
         .promise = "04T10:00"},
        {.name = "a third of two changes nothing",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T14:00 collected parcel=P2", "02T15:00 collected parcel=P3"},
         .t0 = "02T10:00",
         .collected = "02T14:00",
         .promise = "04T10:00"},
        {.name = "two of three",
         .events = {"02T10:00 placed cod parcels=3", "02T12:00 collected parcel=P1",
                    "02T14:00 collected parcel=P2"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "no parcel named means all",
         .events = {"02T10:00 placed cod parcels=3", "02T12:00 collected"},
         .t0 = "02T10:00",
         .collected = "02T12:00",
         .promise = "04T10:00"},
        {.name = "all, before the named ones are complete",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T13:00 collected", "02T14:00 collected parcel=P2"},
         .t0 = "02T10:00",
         .collected = "02T13:00",
         .promise = "04T10:00"},
        {.name = "all, after the named ones are complete",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T14:00 collected parcel=P2", "02T15:00 collected"},
         .t0 = "02T10:00",
         .collected = "02T14:00",
         .promise = "04T10:00"},
        {.name = "the first scan is retracted: the parcel's next one counts",
         .events = {"02T10:00 placed cod parcels=2",
                    "02T12:00 collected parcel=P1 retracted=02T16:00",
                    "02T13:00 collected parcel=P2", "02T15:00 collected parcel=P1"},
         .t0 = "02T10:00",
         .collected = "02T15:00",
         .promise = "04T10:00"},
        {.name = "a delivery is no collection, a waybill neither",
         .events = {"02T10:00 placed cod", "02T11:00 shipped parcel=P1",
                    "02T12:00 delivered parcel=P1"},
         .t0 = "02T10:00",
         .delivered = "02T12:00",
         .promise = "04T10:00"},
        {.name = "deliveries count their own parcels",
         .events = {"02T10:00 placed cod parcels=2", "02T12:00 collected parcel=P1",
                    "02T13:00 collected parcel=P2", "03T12:00 delivered parcel=P2",
                    "03T14:00 delivered parcel=P1"},
         .t0 = "02T10:00",
         .collected = "02T13:00",
         .delivered = "03T14:00",
         .promise = "04T10:00"},
    };
    check(cases);
}

static void test_order_at__promises__the_earliest_stated_holds(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {.name = "stated with the order",
         .events = {"02T10:00 placed cod promised_at=03T18:00"},
         .t0 = "02T10:00",
         .promise = "03T18:00"},
        {.name = "stated later than the order",
         .events = {"02T10:00 placed cod", "02T15:00 promised promised_at=09T18:00"},
         .t0 = "02T10:00",
         .promise = "09T18:00"},
        {.name = "a later one changes nothing, though it names an earlier instant",
         .events = {"02T10:00 placed cod promised_at=05T18:00",
                    "02T15:00 promised promised_at=03T18:00"},
         .t0 = "02T10:00",
         .promise = "05T18:00"},
        {.name = "one stated before the order was placed",
         .events = {"02T10:00 placed cod promised_at=05T18:00",
                    "02T09:00 promised promised_at=06T18:00"},
         .t0 = "02T10:00",
         .promise = "06T18:00"},
        {.name = "of two at one instant the lowest (source, id)",
         .events = {"02T10:00 placed cod", "02T11:00 promised promised_at=06T00:00 source=b id=1",
                    "02T11:00 promised promised_at=07T00:00 source=a id=3",
                    "02T11:00 promised promised_at=08T00:00 source=a id=2"},
         .t0 = "02T10:00",
         .promise = "08T00:00"},
        {.name = "an order.placed that does not hold promises nothing",
         .events = {"02T10:00 placed cod", "02T11:00 placed cod promised_at=03T00:00"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "a retracted one leaves the next",
         .events = {"02T10:00 placed cod",
                    "02T11:00 promised promised_at=03T00:00 retracted=02T12:00",
                    "02T13:00 promised promised_at=05T00:00"},
         .t0 = "02T10:00",
         .promise = "05T00:00"},
        {.name = "a promise of an unknown order",
         .events = {"02T11:00 promised promised_at=03T00:00"}},
    };
    check(cases);
}

static void test_order_at__order_attributes__come_from_the_earliest_placed(void **state)
{
    (void)state;
    static const struct order_case cases[] = {
        {.name = "a second one changes nothing",
         .events = {"02T10:00 placed cod parcels=2",
                    "02T11:00 placed parcels=1 paid_at=02T09:00 test",
                    "02T12:00 collected parcel=P1"},
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "of two at one instant the lowest (source, id)",
         .events = {"02T10:00 placed cod presale_until=08T00:00 source=b id=1",
                    "02T10:00 placed cod presale_until=07T00:00 source=a id=2",
                    "02T10:00 placed cod presale_until=06T00:00 source=a id=1"},
         .t0 = "06T00:00",
         .promise = "08T00:00"},
        {.name = "the first is retracted: the second holds",
         .events = {"02T10:00 placed cod retracted=03T00:00", "02T11:00 placed cod parcels=2",
                    "02T12:00 collected parcel=P1"},
         .t0 = "02T11:00",
         .promise = "04T11:00"},
    };
    check(cases);
}

static void test_order_at__several_placed__are_counted_as_conflicting(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written,
                (const char *const[WRITTEN_FACTS]){"02T10:00 placed cod", "02T11:00 placed test",
                                                   "02T12:00 placed parcels=3", "02T12:30 paid"});
    assert_int_equal(order_at(&written.order, at("02T10:30")).conflicting_placed, 0);
    assert_int_equal(order_at(&written.order, at("02T11:00")).conflicting_placed, 1);
    assert_int_equal(order_at(&written.order, INSTANT_NEVER).conflicting_placed, 2);
    assert_int_equal(order_at(&written.order, INSTANT_NEVER).payment, PAYMENT_COD);
    assert_false(order_at(&written.order, INSTANT_NEVER).test);
    assert_int_equal(order_at(&written.order, INSTANT_NEVER).parcels, 1);

    write_order(&written, (const char *const[WRITTEN_FACTS]){
                              "02T10:00 placed cod retracted=02T13:00", "02T11:00 placed test"});
    assert_int_equal(order_at(&written.order, at("02T12:59")).conflicting_placed, 1);
    assert_int_equal(order_at(&written.order, at("02T13:00")).conflicting_placed, 0);
    assert_true(order_at(&written.order, at("02T13:00")).test);
}

static void test_order_at__an_instant__sees_the_facts_up_to_it(void **state)
{
    (void)state;
#define HISTORY                                                                                    \
    {                                                                                              \
        "02T10:00 placed", "02T11:00 paid", "02T12:00 promised promised_at=03T00:00",              \
            "02T13:00 collected", "02T14:00 delivered", "02T15:00 cancelled"                       \
    }
    static const struct order_case cases[] = {
        {.name = "before it was placed", .events = HISTORY, .t = "02T09:59:59.999999"},
        {.name = "placed, unpaid", .events = HISTORY, .t = "02T10:59:59.999999"},
        {.name = "at the payment",
         .events = HISTORY,
         .t = "02T11:00",
         .t0 = "02T11:00",
         .promise = "04T11:00"},
        {.name = "before the promise",
         .events = HISTORY,
         .t = "02T11:59:59.999999",
         .t0 = "02T11:00",
         .promise = "04T11:00"},
        {.name = "at the promise",
         .events = HISTORY,
         .t = "02T12:00",
         .t0 = "02T11:00",
         .promise = "03T00:00"},
        {.name = "before the scan",
         .events = HISTORY,
         .t = "02T12:59:59.999999",
         .t0 = "02T11:00",
         .promise = "03T00:00"},
        {.name = "at the scan",
         .events = HISTORY,
         .t = "02T13:00",
         .t0 = "02T11:00",
         .collected = "02T13:00",
         .promise = "03T00:00"},
        {.name = "at the delivery",
         .events = HISTORY,
         .t = "02T14:00",
         .t0 = "02T11:00",
         .collected = "02T13:00",
         .delivered = "02T14:00",
         .promise = "03T00:00"},
        {.name = "before the cancellation",
         .events = HISTORY,
         .t = "02T14:59:59.999999",
         .t0 = "02T11:00",
         .collected = "02T13:00",
         .delivered = "02T14:00",
         .promise = "03T00:00"},
        {.name = "at the cancellation",
         .events = HISTORY,
         .t = "02T15:00",
         .t0 = "02T11:00",
         .collected = "02T13:00",
         .delivered = "02T14:00",
         .cancelled = "02T15:00",
         .promise = "03T00:00"},
        {.name = "paid_at counts from its own instant",
         .events = {"02T10:00 placed paid_at=02T10:05"},
         .t = "02T10:04:59.999999"},
        {.name = "at paid_at",
         .events = {"02T10:00 placed paid_at=02T10:05"},
         .t = "02T10:05",
         .t0 = "02T10:05",
         .promise = "04T10:05"},
        {.name = "a payment is no order: not placed yet",
         .events = {"02T10:00 placed", "02T09:00 paid"},
         .t = "02T09:30"},
        {.name = "placed after it was paid",
         .events = {"02T10:00 placed", "02T09:00 paid"},
         .t = "02T10:00",
         .t0 = "02T09:00",
         .promise = "04T09:00"},
    };
    check(cases);
}

static void test_order_at__retraction__makes_the_event_absent_from_its_instant_on(void **state)
{
    (void)state;
#define RETRACTED                                                                                  \
    {                                                                                              \
        "02T10:00 placed cod", "02T12:00 collected retracted=02T15:00", "02T14:00 collected"       \
    }
    static const struct order_case cases[] = {
        {.name = "before the retraction",
         .events = RETRACTED,
         .t = "02T14:59:59.999999",
         .t0 = "02T10:00",
         .collected = "02T12:00",
         .promise = "04T10:00"},
        {.name = "at it",
         .events = RETRACTED,
         .t = "02T15:00",
         .t0 = "02T10:00",
         .collected = "02T14:00",
         .promise = "04T10:00"},
        {.name = "by everything known",
         .events = RETRACTED,
         .t0 = "02T10:00",
         .collected = "02T14:00",
         .promise = "04T10:00"},
        {.name = "retracted before it happened: never there",
         .events = {"02T10:00 placed cod", "02T12:00 cancelled retracted=02T11:00"},
         .t = "02T12:00",
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "the order itself, before",
         .events = {"02T10:00 placed cod retracted=02T15:00"},
         .t = "02T14:00",
         .t0 = "02T10:00",
         .promise = "04T10:00"},
        {.name = "the order itself, after",
         .events = {"02T10:00 placed cod retracted=02T15:00"},
         .t = "02T15:00"},
        {.name = "a payment, after",
         .events = {"02T10:00 placed", "02T11:00 paid retracted=02T15:00", "02T12:00 paid"},
         .t = "02T15:00",
         .t0 = "02T12:00",
         .promise = "04T12:00"},
    };
    check(cases);
}

static void test_order_at__t0_still_ahead__is_early(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written, (const char *const[WRITTEN_FACTS]){
                              "02T10:00 placed paid_at=02T10:00 presale_until=05T00:00"});
    struct order_view view = order_at(&written.order, at("04T23:59:59.999999"));
    assert_true(view.early);
    assert_true(view.counts);
    assert_instant(view.t0, at("05T00:00"));
    assert_false(order_at(&written.order, at("05T00:00")).early);
    assert_false(order_at(&written.order, INSTANT_NEVER).early);
}

static void test_order_at__outside_the_population__does_not_count(void **state)
{
    (void)state;
    static const struct {
        const char *placed;
        bool counts;
    } cases[] = {
        {"02T10:00 placed cod", true},         {"02T10:00 placed cod platform", false},
        {"02T10:00 placed cod pickup", false}, {"02T10:00 placed cod virtual", false},
        {"02T10:00 placed cod test", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].placed);
        struct written_order written;
        write_order(&written, (const char *const[WRITTEN_FACTS]){cases[i].placed});
        struct order_view view = order_at(&written.order, INSTANT_NEVER);
        assert_true(view.placed);
        assert_int_equal(view.counts, cases[i].counts);
        assert_instant(view.t0, at("02T10:00"));
    }
}

static void test_order_at__promise__tells_whether_it_was_stated(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written, (const char *const[WRITTEN_FACTS]){
                              "02T10:00 placed cod", "02T12:00 promised promised_at=04T10:00"});
    assert_false(order_at(&written.order, at("02T11:59")).promise_stated);
    assert_true(order_at(&written.order, at("02T12:00")).promise_stated);
}

/* --- what else is known of an order --- */

static struct order_view view_of(struct written_order *written, const char *t,
                                 const char *const events[WRITTEN_FACTS])
{
    write_order(written, events);
    return order_at(&written->order, at(t));
}
#define EVENTS(...) ((const char *const[WRITTEN_FACTS]){__VA_ARGS__})

static void test_order_at__shipped__waybills_or_scans_of_all_parcels(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        const char *shipped;
    } cases[] = {
        {"a waybill", {"02T10:00 placed cod", "02T12:00 shipped parcel=P1"}, "02T12:00"},
        {"neither", {"02T10:00 placed cod", "02T12:00 delivered"}, NULL},
        {"a scan without a waybill: it is on its way",
         {"02T10:00 placed cod", "02T13:00 collected parcel=P1"},
         "02T13:00"},
        {"the earlier of both",
         {"02T10:00 placed cod", "02T12:00 shipped parcel=P1", "02T13:00 collected parcel=P1"},
         "02T12:00"},
        {"one parcel of two, twice",
         {"02T10:00 placed cod parcels=2", "02T12:00 shipped parcel=P1",
          "02T13:00 collected parcel=P1"},
         NULL},
        {"one by a waybill, the other by a scan",
         {"02T10:00 placed cod parcels=2", "02T12:00 shipped parcel=P1",
          "02T13:00 collected parcel=P1", "02T14:00 collected parcel=P2"},
         "02T14:00"},
        {"no parcel named means all",
         {"02T10:00 placed cod parcels=3", "02T12:00 shipped"},
         "02T12:00"},
        {"before t0 reads as t0", {"02T10:00 placed cod", "02T09:00 shipped"}, "02T10:00"},
        {"retracted",
         {"02T10:00 placed cod", "02T12:00 shipped retracted=02T15:00", "02T14:00 shipped"},
         "02T14:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        struct written_order written;
        assert_instant(view_of(&written, NULL, cases[i].events).shipped, at(cases[i].shipped));
    }
    struct written_order written;
    write_order(&written, cases[0].events);
    assert_instant(order_at(&written.order, at("02T11:59:59.999999")).shipped, INSTANT_NEVER);
    assert_instant(order_at(&written.order, at("02T12:00")).shipped, at("02T12:00"));
}

static void test_order_at__tracked__every_parcels_fact_names_a_waybill(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        bool tracked;
    } cases[] = {
        {"nothing shipped", {"02T10:00 placed cod"}, false},
        {"a waybill", {"02T10:00 placed cod", "02T12:00 shipped waybill"}, true},
        {"a waybill, and a scan that names none",
         {"02T10:00 placed cod", "02T12:00 shipped waybill", "02T14:00 collected"},
         true},
        {"a scan with one, and a waybill without",
         {"02T10:00 placed cod", "02T12:00 shipped", "02T14:00 collected waybill"},
         false},
        {"a scan with one", {"02T10:00 placed cod", "02T12:00 collected waybill"}, true},
        {"none named", {"02T10:00 placed cod", "02T12:00 shipped"}, false},
        {"one of two",
         {"02T10:00 placed cod parcels=2", "02T12:00 shipped parcel=P1 waybill",
          "02T12:00 shipped parcel=P2"},
         false},
        {"the one that names none is retracted",
         {"02T10:00 placed cod", "02T12:00 shipped retracted=02T13:00", "02T14:00 shipped waybill"},
         true},
        {"a delivery needs none",
         {"02T10:00 placed cod", "02T12:00 shipped waybill", "03T12:00 delivered"},
         true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        struct written_order written;
        assert_int_equal(view_of(&written, NULL, cases[i].events).tracked, cases[i].tracked);
    }
}

static void test_order_at__cancelled_by__is_of_the_cancellation_that_holds(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written,
                EVENTS("02T10:00 placed cod", "02T12:00 cancelled merchant retracted=02T15:00",
                       "02T13:00 cancelled platform", "02T14:00 cancelled buyer"));
    assert_int_equal(order_at(&written.order, at("02T11:59")).cancelled_by, ACTOR_NONE);
    assert_int_equal(order_at(&written.order, at("02T14:59")).cancelled_by, ACTOR_MERCHANT);
    struct order_view view = order_at(&written.order, at("02T15:00"));
    assert_int_equal(view.cancelled_by, ACTOR_PLATFORM);
    assert_instant(view.cancelled, at("02T13:00"));
    view = view_of(&written, NULL, EVENTS("02T10:00 placed cod", "02T12:00 cancelled"));
    assert_int_equal(view.cancelled_by, ACTOR_NONE);
}

static void test_order_at__units_and_buyer__are_those_of_the_earliest_placed(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written, EVENTS("02T10:00 placed cod units=3 buyer=B1 retracted=02T15:00",
                                 "02T11:00 placed cod units=5 buyer=B2"));
    struct order_view view = order_at(&written.order, at("02T14:59"));
    assert_int_equal(view.units, 3);
    assert_string_equal(view.buyer, "B1");
    view = order_at(&written.order, at("02T15:00"));
    assert_int_equal(view.units, 5);
    assert_string_equal(view.buyer, "B2");
    view = view_of(&written, NULL, EVENTS("02T10:00 placed cod"));
    assert_int_equal(view.units, 1);
    assert_null(view.buyer);
}

static void test_order_at__a_second_placed__conflicts_in_any_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        uint32_t conflicting;
    } cases[] = {
        {"02T10:00 placed cod units=2 buyer=B deliver_by=05T00:00",
         "02T10:00 placed cod units=2 buyer=B deliver_by=05T00:00", 0},
        {"02T10:00 placed cod units=2", "02T10:00 placed cod units=3", 1},
        {"02T10:00 placed cod buyer=B", "02T10:00 placed cod buyer=C", 1},
        {"02T10:00 placed cod buyer=B", "02T10:00 placed cod", 1},
        {"02T10:00 placed cod", "02T10:00 placed cod buyer=B", 1},
        {"02T10:00 placed cod deliver_by=05T00:00", "02T10:00 placed cod deliver_by=05T00:00:01",
         1},
        {"02T10:00 placed cod", "02T10:00:01 placed cod", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s | %s\n", cases[i].first, cases[i].second);
        struct written_order written;
        struct order_view view = view_of(&written, NULL, EVENTS(cases[i].first, cases[i].second));
        assert_int_equal(view.conflicting_placed, cases[i].conflicting);
    }
}

static void test_order_at__deliver_by__is_not_before_t0(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        const char *deliver_by;
    } cases[] = {
        {"stated", {"02T10:00 placed cod deliver_by=05T18:00"}, "05T18:00"},
        {"not stated", {"02T10:00 placed cod"}, NULL},
        {"before t0",
         {"02T10:00 placed paid_at=02T10:00 presale_until=06T00:00 deliver_by=05T18:00"},
         "06T00:00"},
        {"unpaid", {"02T10:00 placed deliver_by=05T18:00"}, NULL},
        {"the second order.placed promises nothing",
         {"02T10:00 placed cod", "02T11:00 placed cod deliver_by=05T18:00"},
         NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        struct written_order written;
        assert_instant(view_of(&written, NULL, cases[i].events).deliver_by,
                       at(cases[i].deliver_by));
    }
}

/* The same facts in any order of arrival are the same order at every instant. */
static void test_order_at__order_of_arrival__does_not_matter(void **state)
{
    (void)state;
    struct written_order written;
    write_order(&written,
                EVENTS("02T10:00 placed parcels=2 units=2 buyer=B", "02T10:00 placed cod units=7",
                       "02T11:00 paid", "02T11:00 paid retracted=02T16:00",
                       "02T12:00 shipped parcel=P1 waybill",
                       "02T12:00 promised promised_at=05T00:00",
                       "02T12:00 promised promised_at=04T00:00", "02T13:00 collected parcel=P1",
                       "02T13:00 collected parcel=P2 retracted=02T15:00", "02T14:00 collected",
                       "02T14:00 cancelled merchant", "02T14:00 cancelled buyer"));
    uint64_t random = 1;
    for (int i = 0; i < 500; i++) {
        written_rearrive(&written.written, &random);
        struct order_view view = order_at(&written.order, at("02T14:00"));
        assert_instant(view.t0, at("02T11:00"));
        assert_int_equal(view.units, 2);
        assert_int_equal(view.conflicting_placed, 1);
        assert_instant(view.shipped, at("02T13:00"));
        assert_instant(view.collected, at("02T13:00"));
        assert_instant(view.promise, at("05T00:00"));
        assert_int_equal(view.cancelled_by, ACTOR_MERCHANT);
        assert_instant(order_at(&written.order, at("02T15:00")).collected, at("02T14:00"));
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_order_at__payment__sets_the_order_clock),
        unit(test_order_at__events_before_t0__read_as_t0),
        unit(test_order_at__parcels__are_complete_with_the_last_first_scan),
        unit(test_order_at__promises__the_earliest_stated_holds),
        unit(test_order_at__order_attributes__come_from_the_earliest_placed),
        unit(test_order_at__several_placed__are_counted_as_conflicting),
        unit(test_order_at__an_instant__sees_the_facts_up_to_it),
        unit(test_order_at__retraction__makes_the_event_absent_from_its_instant_on),
        unit(test_order_at__t0_still_ahead__is_early),
        unit(test_order_at__outside_the_population__does_not_count),
        unit(test_order_at__promise__tells_whether_it_was_stated),
        unit(test_order_at__shipped__waybills_or_scans_of_all_parcels),
        unit(test_order_at__tracked__every_parcels_fact_names_a_waybill),
        unit(test_order_at__cancelled_by__is_of_the_cancellation_that_holds),
        unit(test_order_at__units_and_buyer__are_those_of_the_earliest_placed),
        unit(test_order_at__a_second_placed__conflicts_in_any_attribute),
        unit(test_order_at__deliver_by__is_not_before_t0),
        unit(test_order_at__order_of_arrival__does_not_matter),
    };
    return cmocka_run_group_tests_name("domain/order", tests, NULL, NULL);
}
