/* Where an entity stands in a metric. The tables go through every reason (rules: CONTRACT section
 * 5, the decisions on tickets and reviews); the property holds the standings of random entities
 * against the readings by replay.h: evidence adds up to the number that it is evidence of. */
#include "written.h"

#include "domain/replay.h"
#include "domain/standing.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define MINUTE (60 * US_PER_SECOND)
#define DAY (24 * US_PER_HOUR)

#define KIND(name) (1U << TICKET_##name)
#define AFTER_SALES (KIND(RETURN) | KIND(EXCHANGE) | KIND(REPAIR) | KIND(REFUND) | KIND(RESEND))
#define ANY_TICKET ((1U << TICKET_KINDS) - 2)

/* --- asking --- */

#define STOOD_MAX 16
struct stood {
    size_t count;
    struct standing items[STOOD_MAX];
};

static void take(void *arg, const struct standing *standing)
{
    struct stood *stood = arg;
    assert_true(stood->count < STOOD_MAX);
    stood->items[stood->count++] = *standing;
}

static struct stood stood_of(const struct question *q, const struct metric *metric,
                             const struct view *view)
{
    struct stood stood = {.count = 0};
    standing_of(q, metric, view, take, &stood);
    return stood;
}

static struct view view_of(enum entity entity, const struct facts *facts, struct instant t)
{
    struct view view = {.entity = entity};
    if (entity == ENTITY_ORDER)
        view.order = order_at(facts, t);
    else if (entity == ENTITY_TICKET)
        view.ticket = ticket_at(facts, t);
    else
        view.review = review_at(facts, t);
    return view;
}

/* --- tables: read on 20 January at noon, the whole of 12 January is suspended --- */

struct expected {
    const char *events[8];
    enum counts counts;
    const char *reason;
    /* Set by who knows the neighbours. */
    unsigned defects;
    bool recontact;
    bool crowded_out;
};

/* A standing, why, and the events that lead there. */
#define STANDS(as, why, ...)                                                                       \
    {                                                                                              \
        .events = {__VA_ARGS__}, .counts = (as), .reason = (why)                                   \
    }
#define GOOD(why, ...) STANDS(COUNTS_GOOD, why, __VA_ARGS__)
#define NOT_GOOD(why, ...) STANDS(COUNTS_NOT_GOOD, why, __VA_ARGS__)
#define PENDING(why, ...) STANDS(COUNTS_PENDING, why, __VA_ARGS__)
#define LEFT_OUT(why, ...) STANDS(COUNTS_OUT, why, __VA_ARGS__)

struct asked {
    struct zone zone;
    struct interval suspended;
    struct written written;
    struct question q;
    struct metric metric;
    struct view view;
};

static void ask(struct asked *asked, const struct measure *measure, const struct expected *expected)
{
    const char *events[WRITTEN_FACTS] = {NULL};
    memcpy(events, expected->events, sizeof expected->events);
    zone_fixed(&asked->zone, 8 * 60);
    asked->suspended.from = calendar_start(&asked->zone.calendar, JANUARY(12)).us;
    asked->suspended.to = calendar_end(&asked->zone.calendar, JANUARY(12)).us;
    asked->zone.calendar.suspended = &asked->suspended;
    asked->zone.calendar.suspended_count = 1;
    asked->q = (struct question){.calendar = &asked->zone.calendar, .t = at("20T12:00")};
    asked->metric = (struct metric){.measure = *measure, .window_days = 10};
    asked->metric.measure.suspends = true;
    write_facts(&asked->written, events);
    asked->view = view_of(measure->of, &asked->written.facts, asked->q.t);
    if (measure->of == ENTITY_ORDER)
        asked->view.order.defects = expected->defects;
    else if (measure->of == ENTITY_TICKET)
        asked->view.ticket.recontact = expected->recontact;
    else
        asked->view.review.crowded_out = expected->crowded_out;
}

static void assert_stands(const struct stood *stood, const struct expected *expected)
{
    assert_int_equal(stood->count, 1);
    const struct standing *standing = &stood->items[0];
    if (strcmp(standing->reason, expected->reason) != 0)
        fail_msg("\"%s\" instead of \"%s\"", standing->reason, expected->reason);
    if (standing->counts != expected->counts)
        fail_msg("%s: %s instead of %s", expected->reason, counts_name(standing->counts),
                 counts_name(expected->counts));
}

/* Each case by itself; and with the complement good and not good change places, nothing else. */
static void check(struct measure measure, const struct expected *cases, size_t count)
{
    static struct asked asked;
    for (size_t i = 0; i < count; i++) {
        ask(&asked, &measure, &cases[i]);
        struct stood stood = stood_of(&asked.q, &asked.metric, &asked.view);
        assert_stands(&stood, &cases[i]);
        if (!measure_is_share(&measure))
            continue;
        struct expected swapped = cases[i];
        if (swapped.counts == COUNTS_GOOD || swapped.counts == COUNTS_NOT_GOOD)
            swapped.counts = swapped.counts == COUNTS_GOOD ? COUNTS_NOT_GOOD : COUNTS_GOOD;
        asked.metric.complement = true;
        stood = stood_of(&asked.q, &asked.metric, &asked.view);
        assert_stands(&stood, &swapped);
    }
}

/* --- orders --- */

#define PLACED "15T10:00 placed cod"

static const struct measure collected_in_24h = {
    .kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_HOURS, .n = 24};

static void test_orders__population_clock_window__first_reason_that_applies(void **state)
{
    (void)state;
    const struct expected cases[] = {
        LEFT_OUT("not placed", "15T10:00 paid"),
        LEFT_OUT("not paid", "15T10:00 placed"),
        LEFT_OUT("a test order", "15T10:00 placed cod test"),
        LEFT_OUT("not fulfilled by the merchant", "15T10:00 placed cod platform"),
        LEFT_OUT("its clock has not started", "15T10:00 placed cod presale_until=20T12:00:01"),
        LEFT_OUT("a test order", "15T10:00 placed cod test presale_until=20T12:00:01"),
        PENDING("can still be collected in time", "15T10:00 placed cod presale_until=20T12:00"),
        NOT_GOOD("not collected in time", "11T00:00 placed cod"), /* first day of 10 */
        LEFT_OUT("outside the window", "10T23:59:59 placed cod"),
        LEFT_OUT("in a suspended interval", "12T00:00 placed cod"),
        NOT_GOOD("not collected in time", "13T00:00 placed cod"),
        /* Suspension is only said of what would count otherwise. */
        LEFT_OUT("cancelled in time", "12T10:00 placed cod", "12T11:00 cancelled buyer"),
    };
    check(collected_in_24h, cases, LENGTH(cases));
}

static void test_within_orders__each_outcome__said_of_the_milestone(void **state)
{
    (void)state;
    const struct expected collected[] = {
        GOOD("collected in time", PLACED, "16T10:00 collected"),
        NOT_GOOD("collected too late", PLACED, "16T10:00:00.000001 collected"),
        NOT_GOOD("not collected in time", PLACED, "16T10:00:00.000001 cancelled buyer"),
        LEFT_OUT("cancelled in time", PLACED, "16T10:00 cancelled buyer"),
        LEFT_OUT("cancelled in time", PLACED, "15T12:00 collected", "15T11:00 cancelled"),
        GOOD("collected in time", PLACED, "15T11:00 collected", "15T12:00 cancelled"),
        PENDING("can still be collected in time", "19T12:00 placed cod"),
        NOT_GOOD("not collected in time", "19T11:59:59 placed cod"),
    };
    check(collected_in_24h, collected, LENGTH(collected));

    const struct expected delivered[] = {
        LEFT_OUT("no delivery date was promised", PLACED),
        GOOD("delivered in time", PLACED " deliver_by=17T00:00", "17T00:00 delivered"),
        NOT_GOOD("delivered too late", PLACED " deliver_by=17T00:00", "17T00:00:01 delivered"),
        NOT_GOOD("not delivered in time", PLACED " deliver_by=17T00:00"),
        PENDING("can still be delivered in time", PLACED " deliver_by=20T12:00"),
        LEFT_OUT("cancelled in time", PLACED " deliver_by=17T00:00", "16T10:00 cancelled"),
    };
    check((struct measure){.kind = MEASURE_WITHIN,
                           .milestone = MILESTONE_DELIVERED,
                           .limit = LIMIT_DELIVER_BY},
          delivered, LENGTH(delivered));

    const struct expected shipped[] = {
        GOOD("shipped in time", PLACED, "16T23:59:59 shipped waybill"),
        NOT_GOOD("shipped too late", PLACED, "17T00:00 shipped waybill"),
        NOT_GOOD("not shipped in time", "18T10:00 placed cod"),
        PENDING("can still be shipped in time", "19T10:00 placed cod"),
    };
    check(
        (struct measure){
            .kind = MEASURE_WITHIN, .milestone = MILESTONE_SHIPPED, .limit = LIMIT_DAYS, .n = 1},
        shipped, LENGTH(shipped));
}

static void test_orders__means_and_counts__in_when_it_was_reached(void **state)
{
    (void)state;
    const struct expected delivered[] = {
        GOOD("delivered", PLACED, "16T10:00 delivered"),
        GOOD("delivered", PLACED, "16T10:00 delivered", "16T11:00 cancelled"),
        LEFT_OUT("cancelled before the delivery", PLACED, "16T10:00 delivered",
                 "16T10:00 cancelled"),
        LEFT_OUT("not delivered", PLACED),
        LEFT_OUT("outside the window", "01T10:00 placed cod", "10T10:00 delivered"),
        LEFT_OUT("in a suspended interval", "01T10:00 placed cod", "12T10:00 delivered"),
    };
    check((struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED}, delivered,
          LENGTH(delivered));
    check((struct measure){.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED}, delivered,
          LENGTH(delivered));

    const struct expected collected[] = {
        GOOD("collected", PLACED, "16T10:00 collected"),
        LEFT_OUT("not collected", PLACED),
        LEFT_OUT("cancelled before the collection", PLACED, "16T10:00 cancelled"),
    };
    check((struct measure){.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED}, collected,
          LENGTH(collected));

    const struct expected counted[] = {
        GOOD("its clock has started", PLACED),
        GOOD("its clock has started", PLACED, "15T11:00 cancelled"),
    };
    check((struct measure){.kind = MEASURE_ORDERS}, counted, LENGTH(counted));

    /* The checkpoint: the end of 15 January and 48 hours. */
    const struct expected open[] = {
        GOOD("open at the checkpoint", PLACED),
        GOOD("open at the checkpoint", PLACED, "18T00:00:01 collected"),
        LEFT_OUT("not open at the checkpoint", PLACED, "18T00:00 collected"),
        LEFT_OUT("not open at the checkpoint", PLACED, "18T00:00 cancelled"),
    };
    check((struct measure){.kind = MEASURE_LEFT_OPEN, .milestone = MILESTONE_COLLECTED, .n = 48},
          open, LENGTH(open));
}

static void test_orders_that__each_test__said_what_was_found(void **state)
{
    (void)state;
    const unsigned both = DEFECT_NEGATIVE_REVIEW | DEFECT_DISPUTE;
    const struct expected defects[] = {
        NOT_GOOD("without a defect", PLACED),
        {.events = {PLACED},
         .counts = COUNTS_GOOD,
         .reason = "a negative review",
         .defects = DEFECT_NEGATIVE_REVIEW},
        {.events = {PLACED},
         .counts = COUNTS_GOOD,
         .reason = "a dispute",
         .defects = DEFECT_DISPUTE},
        {.events = {PLACED},
         .counts = COUNTS_GOOD,
         .reason = "a negative review and a dispute",
         .defects = both},
    };
    check((struct measure){.kind = MEASURE_ORDERS_THAT, .test = TEST_DEFECT, .defects = both},
          defects, LENGTH(defects));
    const struct expected disputes[] = {
        {.events = {PLACED},
         .counts = COUNTS_NOT_GOOD,
         .reason = "without a defect",
         .defects = DEFECT_NEGATIVE_REVIEW},
        {.events = {PLACED}, .counts = COUNTS_GOOD, .reason = "a dispute", .defects = both},
    };
    check((struct measure){.kind = MEASURE_ORDERS_THAT,
                           .test = TEST_DEFECT,
                           .defects = DEFECT_DISPUTE},
          disputes, LENGTH(disputes));

    const struct expected cancelled[] = {
        NOT_GOOD("not cancelled", PLACED),
        NOT_GOOD("cancelled by the buyer", PLACED, "16T10:00 cancelled buyer"),
        GOOD("cancelled before it went out, not by the buyer", PLACED,
             "16T10:00 cancelled merchant"),
        GOOD("cancelled before it went out, not by the buyer", PLACED, "16T10:00 cancelled"),
        NOT_GOOD("cancelled after it went out", PLACED, "16T09:00 shipped",
                 "16T10:00 cancelled platform"),
    };
    check((struct measure){.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED}, cancelled,
          LENGTH(cancelled));

    const struct expected tracked[] = {
        LEFT_OUT("not shipped", PLACED),
        GOOD("tracked and scanned", PLACED, "16T09:00 shipped waybill", "16T10:00 collected"),
        NOT_GOOD("not scanned by the courier", PLACED, "16T09:00 shipped waybill"),
        NOT_GOOD("without a waybill of a carrier", PLACED, "16T09:00 shipped",
                 "16T10:00 collected"),
    };
    check((struct measure){.kind = MEASURE_ORDERS_THAT,
                           .milestone = MILESTONE_SHIPPED,
                           .test = TEST_TRACKED},
          tracked, LENGTH(tracked));
}

/* --- tickets --- */

static void test_within_tickets__exclusions_and_outcomes__said_why(void **state)
{
    (void)state;
    const struct measure reply = {.kind = MEASURE_WITHIN,
                                  .of = ENTITY_TICKET,
                                  .milestone = MILESTONE_REPLIED,
                                  .limit = LIMIT_SECONDS,
                                  .n = 180,
                                  .tickets = KIND(CHAT),
                                  .night_from = 23 * 60,
                                  .night_to = 9 * 60,
                                  .no_left_message = true,
                                  .no_recontact = true};
    const struct expected chats[] = {
        LEFT_OUT("not opened", "15T10:00 replied human"),
        LEFT_OUT("another kind of ticket", "15T10:00 opened work_order"),
        LEFT_OUT("a left message", "15T10:00 opened chat left_message"),
        {.events = {"15T10:00 opened chat"},
         .counts = COUNTS_OUT,
         .reason = "follows another session",
         .recontact = true},
        LEFT_OUT("opened at night", "15T23:00 opened chat"),
        LEFT_OUT("opened at night", "15T08:59:59 opened chat"),
        LEFT_OUT("opened at night", "12T23:30 opened chat"), /* suspended besides */
        LEFT_OUT("in a suspended interval", "12T10:00 opened chat"),
        LEFT_OUT("closed as cancelled in time", "12T10:00 opened chat",
                 "12T10:01 closed cancelled"),
        LEFT_OUT("outside the window", "10T10:00 opened chat"),
        GOOD("answered in time", "15T09:00 opened chat", "15T09:03 replied"),
        NOT_GOOD("answered too late", "15T10:00 opened chat", "15T10:03:01 replied"),
        NOT_GOOD("not answered in time", "15T10:00 opened chat", "15T10:01 replied bot"),
        LEFT_OUT("closed as cancelled in time", "15T10:00 opened chat",
                 "15T10:03 closed cancelled"),
        NOT_GOOD("not answered in time", "15T10:00 opened chat", "15T10:03 closed done"),
        PENDING("can still be answered in time", "20T11:57 opened chat"),
    };
    check(reply, chats, LENGTH(chats));

    const struct expected audits[] = {
        GOOD("audited in time", "15T10:00 opened return", "16T10:00 audited rejected"),
        NOT_GOOD("audited too late", "15T10:00 opened return", "16T10:00:01 audited"),
        NOT_GOOD("not audited in time", "15T10:00 opened return"),
        PENDING("can still be audited in time", "19T12:00 opened return"),
        /* What this measure does not ask for is no reason. */
        {.events = {"15T02:00 opened return left_message", "15T03:00 closed cancelled"},
         .counts = COUNTS_OUT,
         .reason = "closed as cancelled in time",
         .recontact = true},
    };
    check((struct measure){.kind = MEASURE_WITHIN,
                           .of = ENTITY_TICKET,
                           .milestone = MILESTONE_AUDITED,
                           .limit = LIMIT_HOURS,
                           .n = 24,
                           .tickets = AFTER_SALES},
          audits, LENGTH(audits));
}

static void test_handled__each_way_in_and_out__said_which(void **state)
{
    (void)state;
#define RETURN "15T10:00 opened return"
#define REFUND "15T10:00 opened refund"
    const struct expected cases[] = {
        GOOD("rejected", RETURN, "15T11:00 audited rejected"),
        GOOD("cancelled after an audit", RETURN, "15T11:00 audited approved",
             "15T12:00 closed cancelled"),
        GOOD("processed", REFUND, "15T12:00 processed refunded"),
        GOOD("processed", RETURN, "15T11:00 audited approved", "16T10:00 buyer_shipped",
             "17T10:00 processed"),
        LEFT_OUT("the buyer never shipped", RETURN, "15T11:00 audited approved",
                 "17T10:00 processed"),
        GOOD("processed", "15T10:00 opened repair", "15T11:00 audited approved",
             "17T10:00 processed"),
        LEFT_OUT("not handled yet", RETURN, "15T11:00 audited approved"),
        LEFT_OUT("closed as forced", REFUND, "15T12:00 processed", "15T13:00 closed forced"),
        LEFT_OUT("repaired", "15T10:00 opened repair", "16T12:00 processed repaired"),
        LEFT_OUT("cancelled before an audit", RETURN, "15T12:00 closed cancelled"),
        LEFT_OUT("cancelled before an audit", RETURN, "15T12:00 closed cancelled",
                 "15T13:00 audited rejected"),
        GOOD("processed", REFUND, "17T10:00 processed"), /* exactly two days */
        LEFT_OUT("longer than the days that count", REFUND, "17T10:00:01 processed"),
        LEFT_OUT("in a suspended interval", "11T10:00 opened refund", "12T12:00 processed"),
        LEFT_OUT("another kind of ticket", "15T10:00 opened chat", "15T12:00 processed"),
        LEFT_OUT("another kind of ticket", "15T10:00 opened dispute"),
    };
    check((struct measure){.kind = MEASURE_DURATION,
                           .of = ENTITY_TICKET,
                           .milestone = MILESTONE_HANDLED,
                           .n = 2,
                           .tickets = AFTER_SALES | KIND(CHAT)},
          cases, LENGTH(cases));
}

static void test_tickets__opened_ruled_rated_closed__said_what_is_missing(void **state)
{
    (void)state;
#define DISPUTE "15T10:00 opened dispute"
    const struct expected opened[] = {
        GOOD("opened", DISPUTE),
        LEFT_OUT("another kind of ticket", "15T10:00 opened chat"),
    };
    check((struct measure){.kind = MEASURE_TICKETS,
                           .of = ENTITY_TICKET,
                           .milestone = MILESTONE_OPENED,
                           .tickets = KIND(DISPUTE)},
          opened, LENGTH(opened));

    const struct expected ruled[] = {
        LEFT_OUT("not ruled", DISPUTE),
        GOOD("ruled against the merchant", DISPUTE, "16T10:00 ruled merchant"),
        GOOD("ruled against the merchant", DISPUTE, "16T10:00 ruled both"),
        LEFT_OUT("the merchant is not liable", DISPUTE, "16T10:00 ruled buyer"),
        LEFT_OUT("the merchant is not liable", DISPUTE, "16T10:00 ruled none"),
        LEFT_OUT("an appeal was won", DISPUTE, "16T10:00 ruled merchant", "17T10:00 appealed won"),
        LEFT_OUT("an appeal was won", DISPUTE, "16T10:00 ruled both", "17T10:00 appealed won"),
        LEFT_OUT("settled", DISPUTE, "16T10:00 ruled merchant", "17T10:00 closed settled"),
        LEFT_OUT("another kind of ticket", "15T10:00 opened refund", "16T10:00 ruled merchant"),
    };
    check((struct measure){.kind = MEASURE_TICKETS,
                           .of = ENTITY_TICKET,
                           .milestone = MILESTONE_RULED,
                           .tickets = KIND(DISPUTE) | KIND(REFUND)},
          ruled, LENGTH(ruled));

    const struct expected rated[] = {
        GOOD("rated 5 stars", RETURN, "16T10:00 rated stars=5"),
        GOOD("rated 4 stars", RETURN, "16T10:00 rated stars=4"),
        NOT_GOOD("rated 1 star", RETURN, "16T10:00 rated stars=4", "17T10:00 rated stars=1"),
        LEFT_OUT("not rated", RETURN),
    };
    check((struct measure){.kind = MEASURE_RATED,
                           .of = ENTITY_TICKET,
                           .tickets = KIND(RETURN),
                           .low = 4,
                           .high = 5},
          rated, LENGTH(rated));

    struct measure closed = {.kind = MEASURE_CLOSED_THAT,
                             .of = ENTITY_TICKET,
                             .tickets = KIND(DISPUTE),
                             .test = TEST_NOT_ESCALATED};
    const struct expected escalations[] = {
        LEFT_OUT("not closed", DISPUTE, "15T11:00 escalated"),
        LEFT_OUT("not closed", DISPUTE, "16T10:00 closed done", "16T11:00 reopened"),
        NOT_GOOD("escalated", DISPUTE, "15T11:00 escalated", "16T10:00 closed done"),
        GOOD("closed without an escalation", DISPUTE, "15T11:00 timed_out reply",
             "16T10:00 closed done"),
    };
    check(closed, escalations, LENGTH(escalations));
    const struct expected time_outs[] = {
        GOOD("closed without a time-out", DISPUTE, "15T11:00 escalated", "16T10:00 closed done"),
        NOT_GOOD("timed out", DISPUTE, "15T11:00 timed_out reply", "16T10:00 closed done"),
    };
    closed.test = TEST_NOT_TIMED_OUT;
    check(closed, time_outs, LENGTH(time_outs));
}

static void test_responses__several_in_the_window__each_stands_by_itself(void **state)
{
    (void)state;
    const struct measure responses = {
        .kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = KIND(CHAT)};
    const struct expected none[] = {
        LEFT_OUT("not answered", "15T10:00 opened chat", "15T10:01 replied bot"),
        LEFT_OUT("outside the window", "10T10:00 opened chat", "10T10:01 replied"),
        /* One lies before the window; the other, which the window holds, is suspended. */
        LEFT_OUT("in a suspended interval", "10T10:00 opened chat", "10T10:01 replied",
                 "12T10:00 asked", "12T10:01 replied"),
    };
    check(responses, none, LENGTH(none));

    /* Official: the last one, of today, lies behind the window. */
    static struct asked asked;
    const struct expected behind = {.events = {"12T10:00 opened chat", "12T10:01 replied",
                                               "20T10:00 asked", "20T10:01 replied"}};
    ask(&asked, &responses, &behind);
    asked.q.basis = BASIS_OFFICIAL;
    struct stood stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.count, 1);
    assert_string_equal(stood.items[0].reason, "in a suspended interval");
    assert_int_equal(stood.items[0].day, JANUARY(12));

    const struct expected several = {.events = {"10T23:59 opened chat", "10T23:59:10 replied",
                                                "15T10:00 asked", "15T10:00:07.9 replied",
                                                "16T10:00 asked", "16T10:01 replied"}};
    ask(&asked, &responses, &several);
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.count, 2);
    assert_instant(stood.items[0].at, at("15T10:00:07.9"));
    assert_int_equal(stood.items[0].amount, 7);
    assert_int_equal(stood.items[1].day, JANUARY(16));
    assert_int_equal(stood.items[1].amount, 60);
    assert_string_equal(stood.items[1].reason, "answered");
}

/* --- reviews --- */

static void test_reviews__active_or_not__said_why(void **state)
{
    (void)state;
    const struct expected stars[] = {
        GOOD("rated 3 stars", "15T10:00 reviewed product=3"),
        LEFT_OUT("that aspect is not rated", "15T10:00 reviewed service=3"),
        LEFT_OUT("not reviewed", "15T10:00 excluded"),
        LEFT_OUT("excluded", "15T10:00 reviewed product=3", "16T10:00 excluded"),
        LEFT_OUT("given by default", "15T10:00 reviewed default product=5"),
        {.events = {"15T10:00 reviewed product=3"},
         .counts = COUNTS_OUT,
         .reason = "not among the buyer's latest 20",
         .crowded_out = true},
        LEFT_OUT("outside the window", "10T10:00 reviewed product=3"),
        LEFT_OUT("in a suspended interval", "12T10:00 reviewed product=3"),
    };
    check((struct measure){.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT},
          stars, LENGTH(stars));
    const struct expected one_star[] = {
        GOOD("rated 1 star", "15T10:00 reviewed product=1"),
        NOT_GOOD("rated 2 stars", "15T10:00 reviewed product=2"),
    };
    check((struct measure){.kind = MEASURE_RATED,
                           .of = ENTITY_REVIEW,
                           .aspect = ASPECT_PRODUCT,
                           .low = 1,
                           .high = 1},
          one_star, LENGTH(one_star));
}

/* --- the rest of a standing --- */

static void test_standing__counted_and_out__day_amount_deadline(void **state)
{
    (void)state;
    static struct asked asked;
    ask(&asked, &collected_in_24h, &(struct expected){.events = {"19T20:00 placed cod"}});
    struct stood stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.items[0].counts, COUNTS_PENDING);
    assert_instant(stood.items[0].deadline, at("20T20:00"));
    assert_instant(stood.items[0].at, at("19T20:00"));
    assert_int_equal(stood.items[0].day, JANUARY(19));
    assert_int_equal(stood.items[0].amount, 0);

    ask(&asked, &collected_in_24h, &(struct expected){.events = {PLACED, "15T10:30 collected"}});
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.items[0].amount, 1);
    assert_instant(stood.items[0].deadline, INSTANT_NEVER);

    ask(&asked, &collected_in_24h, &(struct expected){.events = {"10T10:00 placed cod"}});
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.items[0].counts, COUNTS_OUT);
    assert_true(stood.items[0].has_at);
    assert_int_equal(stood.items[0].day, JANUARY(10));
    assert_int_equal(stood.items[0].amount, 0);

    ask(&asked, &collected_in_24h, &(struct expected){.events = {"15T10:00 placed"}});
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_false(stood.items[0].has_at);

    /* Official: today is not in the window. */
    ask(&asked, &collected_in_24h, &(struct expected){.events = {"20T10:00 placed cod"}});
    asked.q.basis = BASIS_OFFICIAL;
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_string_equal(stood.items[0].reason, "outside the window");
}

static void test_standing__ratio__in_either_population(void **state)
{
    (void)state;
    static struct asked asked;
    const struct measure units = {.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED};
    const struct measure orders = {.kind = MEASURE_ORDERS};
    const struct expected delivered = {.events = {PLACED " units=3", "16T10:00 delivered"}};
    ask(&asked, &units, &delivered);
    asked.metric.has_per = true;
    asked.metric.per = orders;
    struct stood stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.count, 2);
    assert_false(stood.items[0].per);
    assert_int_equal(stood.items[0].amount, 3);
    assert_int_equal(stood.items[0].day, JANUARY(16));
    assert_true(stood.items[1].per);
    assert_int_equal(stood.items[1].amount, 1);
    assert_int_equal(stood.items[1].day, JANUARY(15));

    /* In the second one alone it is not out. */
    ask(&asked, &units, &(struct expected){.events = {PLACED}});
    asked.metric.has_per = true;
    asked.metric.per = orders;
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.count, 1);
    assert_true(stood.items[0].per);
    assert_int_equal(stood.items[0].counts, COUNTS_GOOD);

    /* Tickets per units: an order is of the second only, a review of neither. */
    ask(&asked, &units, &(struct expected){.events = {PLACED}});
    asked.metric.has_per = true;
    asked.metric.per = units;
    asked.metric.measure = (struct measure){.kind = MEASURE_TICKETS,
                                            .of = ENTITY_TICKET,
                                            .milestone = MILESTONE_OPENED,
                                            .tickets = ANY_TICKET};
    stood = stood_of(&asked.q, &asked.metric, &asked.view);
    assert_int_equal(stood.count, 1);
    assert_true(stood.items[0].per);
    assert_int_equal(stood.items[0].counts, COUNTS_OUT);
    assert_string_equal(stood.items[0].reason, "not delivered");
    stood = stood_of(&asked.q, &asked.metric, &(struct view){.entity = ENTITY_REVIEW});
    assert_int_equal(stood.count, 0);
}

static void test_counts_name__all__as_they_are_written(void **state)
{
    (void)state;
    assert_string_equal(counts_name(COUNTS_GOOD), "good");
    assert_string_equal(counts_name(COUNTS_NOT_GOOD), "not_good");
    assert_string_equal(counts_name(COUNTS_PENDING), "pending");
    assert_string_equal(counts_name(COUNTS_OUT), "out");
}

/* --- standings add up to readings --- */

#define CASES 1500
#define THINGS 40

struct random_case {
    uint64_t seed;
    uint64_t state;
    struct zone zone;
    struct interval suspended, excused;
    struct policy policy;
    struct question q;
    struct written things[THINGS];
    struct view views[THINGS];
};

static uint64_t below(struct random_case *c, uint64_t bound)
{
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return c->state % bound;
}

static bool one_in(struct random_case *c, uint64_t n)
{
    return below(c, n) == 0;
}

#define one_of(c, array) ((array)[below((c), LENGTH(array))])

#define WITHIN_ORDERS(name, limited, number)                                                       \
    {                                                                                              \
        .kind = MEASURE_WITHIN, .milestone = MILESTONE_##name, .limit = LIMIT_##limited,           \
        .n = (number)                                                                              \
    }

static const struct measure measures[] = {
    WITHIN_ORDERS(COLLECTED, HOURS, 24),
    WITHIN_ORDERS(COLLECTED, DAYS, 0),
    WITHIN_ORDERS(COLLECTED, PROMISE, 0),
    WITHIN_ORDERS(DELIVERED, DAYS, 1),
    WITHIN_ORDERS(DELIVERED, DELIVER_BY, 0),
    WITHIN_ORDERS(SHIPPED, HOURS, 24),
    {.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED},
    {.kind = MEASURE_ORDERS_THAT, .test = TEST_DEFECT, .defects = DEFECT_DISPUTE},
    {.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED},
    {.kind = MEASURE_ORDERS_THAT, .milestone = MILESTONE_SHIPPED, .test = TEST_TRACKED},
    {.kind = MEASURE_WITHIN,
     .of = ENTITY_TICKET,
     .milestone = MILESTONE_REPLIED,
     .limit = LIMIT_HOURS,
     .n = 3,
     .tickets = ANY_TICKET,
     .night_from = 23 * 60,
     .night_to = 9 * 60,
     .no_left_message = true,
     .no_recontact = true},
    {.kind = MEASURE_WITHIN,
     .of = ENTITY_TICKET,
     .milestone = MILESTONE_AUDITED,
     .limit = LIMIT_HOURS,
     .n = 24,
     .tickets = AFTER_SALES},
    {.kind = MEASURE_DURATION,
     .of = ENTITY_TICKET,
     .milestone = MILESTONE_HANDLED,
     .n = 2,
     .tickets = AFTER_SALES},
    {.kind = MEASURE_RATED, .of = ENTITY_TICKET, .tickets = ANY_TICKET, .low = 4, .high = 5},
    {.kind = MEASURE_CLOSED_THAT,
     .of = ENTITY_TICKET,
     .tickets = ANY_TICKET,
     .test = TEST_NOT_ESCALATED},
    {.kind = MEASURE_CLOSED_THAT,
     .of = ENTITY_TICKET,
     .tickets = ANY_TICKET,
     .test = TEST_NOT_TIMED_OUT},
    {.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = ANY_TICKET},
    {.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_COURIER},
    {.kind = MEASURE_RATED, .of = ENTITY_REVIEW, .aspect = ASPECT_SERVICE, .low = 1, .high = 1},
};

#define OPENED(kinds)                                                                              \
    {                                                                                              \
        .kind = MEASURE_TICKETS, .of = ENTITY_TICKET, .milestone = MILESTONE_OPENED,               \
        .tickets = (kinds)                                                                         \
    }

static const struct {
    struct measure measure, per;
} ratios[] = {
    {OPENED(AFTER_SALES), {.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED}},
    {{.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED}, {.kind = MEASURE_ORDERS}},
    {{.kind = MEASURE_TICKETS,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_RULED,
      .tickets = KIND(DISPUTE)},
     OPENED(KIND(DISPUTE))},
};
#define METRICS (LENGTH(measures) + LENGTH(ratios))

/* What the cases came across, by metric: a property that meets nothing proves nothing. */
static int64_t met[METRICS][COUNTS_OUT + 1];

static struct metric *add_metric(struct random_case *c, struct measure measure)
{
    static const int32_t windows[] = {1, 3, 30};
    struct metric *metric = &c->policy.metrics[c->policy.metric_count++];
    *metric = (struct metric){.measure = measure, .window_days = one_of(c, windows)};
    metric->measure.suspends = one_in(c, 2);
    metric->complement = measure_is_share(&measure) && one_in(c, 2);
    return metric;
}

static void random_policy(struct random_case *c)
{
    for (size_t i = 0; i < LENGTH(measures); i++)
        add_metric(c, measures[i]);
    for (size_t i = 0; i < LENGTH(ratios); i++) {
        struct metric *metric = add_metric(c, ratios[i].measure);
        metric->has_per = true;
        metric->per = ratios[i].per;
        metric->per.suspends = one_in(c, 2);
    }
}

/* At, beside or between the limits from `start` on. */
static struct instant random_after(struct random_case *c, struct instant start)
{
    static const int64_t limits[] = {0, MINUTE, 3 * US_PER_HOUR, DAY, 2 * DAY};
    if (one_in(c, 3))
        return shifted(start, (int64_t)below(c, (uint64_t)(4 * DAY)));
    return shifted(start, one_of(c, limits) + (int64_t)below(c, 3) - 1);
}

static struct fact random_fact(struct random_case *c, enum fact_kind kind, struct instant t)
{
    struct fact fact = {.kind = kind,
                        .at = t,
                        .retracted_at = INSTANT_NEVER,
                        .source = "oms",
                        .payment = one_in(c, 8) ? PAYMENT_PREPAID : PAYMENT_COD,
                        .fulfilment = one_in(c, 20) ? FULFILMENT_VIRTUAL : FULFILMENT_MERCHANT,
                        .test = one_in(c, 20),
                        .parcels = 1,
                        .units = (int64_t)below(c, 4),
                        .paid_at = INSTANT_NEVER,
                        .presale_until = INSTANT_NEVER,
                        .promised_at = INSTANT_NEVER,
                        .deliver_by = INSTANT_NEVER,
                        .report = one_in(c, 2) ? "R1" : "R2",
                        .ship_by = INSTANT_NEVER,
                        .period_from = INSTANT_NEVER,
                        .period_to = INSTANT_NEVER,
                        .waybill = one_in(c, 2),
                        .left_message = one_in(c, 8),
                        .by_default = one_in(c, 8)};
    if (kind == FACT_PLACED && one_in(c, 6))
        fact.presale_until = random_after(c, t);
    if (kind == FACT_PLACED && one_in(c, 2))
        fact.deliver_by = random_after(c, t);
    if (kind == FACT_PROMISED)
        fact.promised_at = random_after(c, t);
    if (kind == FACT_OPENED)
        fact.value = 1 + (int32_t)below(c, TICKET_KINDS - 1);
    else if (kind == FACT_RATED)
        fact.value = 1 + (int32_t)below(c, 5);
    else
        fact.value = (int32_t)below(c, 3);
    for (size_t i = 0; i < ASPECTS; i++)
        fact.stars[i] = (uint8_t)below(c, 6);
    return fact;
}

/* What it begins with, mostly, and then some of all that can happen, as far as it is behind T. */
static struct view random_thing(struct random_case *c, struct written *written)
{
    static const enum fact_kind kinds[ENTITIES] = {FACT_PLACED, FACT_OPENED, FACT_REVIEWED,
                                                   FACT_FILED};
    enum entity entity = (enum entity)below(c, ENTITY_REPORT);
    struct instant start = shifted(c->q.t, -(int64_t)below(c, (uint64_t)(5 * DAY)));
    if (one_in(c, 2)) /* one of the limits lies at T or beside it */
        start = shifted(c->q.t, c->q.t.us - random_after(c, c->q.t).us);
    start = instant_min(start, c->q.t);
    size_t count = 0, most = below(c, WRITTEN_FACTS);
    if (!one_in(c, 20))
        written->items[count++] = random_fact(c, kinds[entity], start);
    for (size_t i = 0; i < most && count < WRITTEN_FACTS; i++) {
        uint64_t choices = (uint64_t)(kinds[entity + 1] - kinds[entity]);
        enum fact_kind kind = (enum fact_kind)((uint64_t)kinds[entity] + below(c, choices));
        if ((kind == FACT_EXCLUDED || fact_is_own(kind)) && !one_in(c, 4))
            continue;
        struct instant t = random_after(c, start);
        if (t.us <= c->q.t.us)
            written->items[count++] = random_fact(c, kind, t);
    }
    for (size_t i = 0; i < count; i++) {
        written->id[i][0] = (char)('a' + (int)i);
        written->items[i].id = written->id[i];
    }
    qsort(written->items, count, sizeof written->items[0], written_compare);
    written->facts = (struct facts){written->items, count};

    struct view view = view_of(entity, &written->facts, c->q.t);
    if (entity == ENTITY_ORDER)
        view.order.defects = (unsigned)below(c, 4);
    else if (entity == ENTITY_TICKET)
        view.ticket.recontact = one_in(c, 6);
    else
        view.review.crowded_out = one_in(c, 6);
    return view;
}

static void random_case_begin(struct random_case *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->seed = seed;
    c->state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    zone_fixed(&c->zone, 8 * 60);
    c->q = (struct question){.policy = &c->policy,
                             .calendar = &c->zone.calendar,
                             .t = one_in(c, 2) ? at("20T12:00") : at("20T00:00"),
                             .basis = one_in(c, 2) ? BASIS_LIVE : BASIS_OFFICIAL};
    c->suspended.from = c->q.t.us - (int64_t)below(c, (uint64_t)(4 * DAY));
    c->suspended.to = c->suspended.from + 1 + (int64_t)below(c, (uint64_t)DAY);
    c->zone.calendar.suspended = &c->suspended;
    c->zone.calendar.suspended_count = below(c, 2);
    c->excused.from = c->q.t.us - (int64_t)below(c, (uint64_t)(4 * DAY));
    c->excused.to = c->excused.from + 1 + (int64_t)below(c, (uint64_t)DAY);
    for (size_t what = 0; what < CALENDAR_EXCUSES; what++) {
        c->zone.calendar.excused[what] = &c->excused;
        c->zone.calendar.excused_count[what] = below(c, 2);
    }
    random_policy(c);
    for (size_t i = 0; i < THINGS; i++)
        c->views[i] = random_thing(c, &c->things[i]);
}

/* What must be so of the standings of one entity in one metric. */
static void check_stood(const struct random_case *c, const struct metric *metric,
                        const struct view *view, const struct stood *stood)
{
    bool concerned =
        metric->measure.of == view->entity || (metric->has_per && metric->per.of == view->entity);
    assert_int_equal(stood->count > 0, concerned);
    struct window window =
        window_of(c->q.basis, calendar_day(c->q.calendar, c->q.t), metric->window_days);
    for (size_t i = 0; i < stood->count; i++) {
        const struct standing *standing = &stood->items[i];
        assert_true(standing->reason != NULL && standing->reason[0] != '\0');
        assert_true(metric->has_per || !standing->per);
        assert_int_equal(instant_is_never(standing->deadline), standing->counts != COUNTS_PENDING);
        assert_true(standing->deadline.us >= c->q.t.us);
        if (standing->has_at)
            assert_int_equal(standing->day, calendar_day(c->q.calendar, standing->at));
        if (standing->counts == COUNTS_OUT) {
            assert_int_equal(stood->count, 1);
            assert_int_equal(standing->amount, 0);
        } else {
            assert_true(standing->has_at);
            assert_true(in_window(standing->day, window));
        }
    }
}

/* Adds standings up to a reading: valid counts them, or, per, what they add. */
static void add_up(const struct stood *stood, const struct metric *metric, struct reading *sums)
{
    for (size_t i = 0; i < stood->count; i++) {
        const struct standing *standing = &stood->items[i];
        if (standing->counts == COUNTS_OUT)
            continue;
        if (standing->counts == COUNTS_PENDING)
            sums->pending++;
        else if (!metric->has_per)
            sums->valid++;
        if (standing->per)
            sums->valid += standing->amount;
        else
            sums->sum += standing->amount;
    }
}

static void same(const struct random_case *c, size_t metric, const char *what, int64_t standings,
                 int64_t reading)
{
    if (standings != reading)
        fail_msg("seed %llu, metric %zu: %s is %lld by the standings, %lld by the reading",
                 (unsigned long long)c->seed, metric, what, (long long)standings,
                 (long long)reading);
}

static void compare(const struct random_case *c)
{
    struct score_reading reading;
    replay_score_begin(&reading);
    for (size_t i = 0; i < THINGS; i++)
        replay_score_add(&c->q, &c->views[i], &reading);

    for (size_t m = 0; m < METRICS; m++) {
        const struct metric *metric = &c->policy.metrics[m];
        struct reading sums = {.valid = 0};
        for (size_t i = 0; i < THINGS; i++) {
            struct stood stood = stood_of(&c->q, metric, &c->views[i]);
            check_stood(c, metric, &c->views[i], &stood);
            add_up(&stood, metric, &sums);
            for (size_t k = 0; k < stood.count; k++)
                met[m][stood.items[k].counts]++;
        }
        same(c, m, "valid", sums.valid, reading.metrics[m].valid);
        same(c, m, "sum", sums.sum, reading.metrics[m].sum);
        same(c, m, "pending", sums.pending, reading.metrics[m].pending);
    }
}

static void test_standings__random_entities__add_up_to_the_reading(void **state)
{
    (void)state;
    static struct random_case c;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case_begin(&c, seed);
        compare(&c);
    }
    for (size_t m = 0; m < METRICS; m++) {
        const struct metric *metric = &c.policy.metrics[m];
        print_message("metric %zu: good %lld, not good %lld, pending %lld, out %lld\n", m,
                      (long long)met[m][COUNTS_GOOD], (long long)met[m][COUNTS_NOT_GOOD],
                      (long long)met[m][COUNTS_PENDING], (long long)met[m][COUNTS_OUT]);
        assert_true(met[m][COUNTS_GOOD] >= CASES / 20);
        assert_true(met[m][COUNTS_OUT] >= CASES / 20);
        assert_true(met[m][COUNTS_NOT_GOOD] >= CASES / 20 || !measure_is_share(&metric->measure));
        assert_true(met[m][COUNTS_PENDING] >= CASES / 20 || metric->measure.kind != MEASURE_WITHIN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders__population_clock_window__first_reason_that_applies),
        cmocka_unit_test(test_within_orders__each_outcome__said_of_the_milestone),
        cmocka_unit_test(test_orders__means_and_counts__in_when_it_was_reached),
        cmocka_unit_test(test_orders_that__each_test__said_what_was_found),
        cmocka_unit_test(test_within_tickets__exclusions_and_outcomes__said_why),
        cmocka_unit_test(test_handled__each_way_in_and_out__said_which),
        cmocka_unit_test(test_tickets__opened_ruled_rated_closed__said_what_is_missing),
        cmocka_unit_test(test_responses__several_in_the_window__each_stands_by_itself),
        cmocka_unit_test(test_reviews__active_or_not__said_why),
        cmocka_unit_test(test_standing__counted_and_out__day_amount_deadline),
        cmocka_unit_test(test_standing__ratio__in_either_population),
        cmocka_unit_test(test_counts_name__all__as_they_are_written),
        cmocka_unit_test(test_standings__random_entities__add_up_to_the_reading),
    };
    return cmocka_run_group_tests_name("domain/standing", tests, NULL, NULL);
}
