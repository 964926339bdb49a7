#include "written.h"

#include "domain/replay.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define COHORTS 20

static struct zone shanghai;
static struct policy policy;

#define KIND(name) (1U << TICKET_##name)

/* Metrics by number. */
enum {
    WITHIN_24H,
    SAME_DAY,
    NEXT_DAY,
    AS_PROMISED,
    DELIVERY_TIME,
    DELIVERED_BY,
    SHIPPED_LATE,
    REPLY_30S,
    RESPONSE,
    RETURN_RATE,
    DISPUTE_RATE,
    SATISFACTION,
    ONE_STAR,
    METRICS
};

/* Defines those; all over 30 days. */
static void set_metrics(void)
{
    static const struct measure measures[METRICS] = {
        [WITHIN_24H] = {.kind = MEASURE_WITHIN,
                        .milestone = MILESTONE_COLLECTED,
                        .limit = LIMIT_HOURS,
                        .n = 24},
        [SAME_DAY] = {.kind = MEASURE_WITHIN,
                      .milestone = MILESTONE_COLLECTED,
                      .limit = LIMIT_DAYS},
        [NEXT_DAY] = {.kind = MEASURE_WITHIN,
                      .milestone = MILESTONE_DELIVERED,
                      .limit = LIMIT_DAYS,
                      .n = 1},
        [AS_PROMISED] = {.kind = MEASURE_WITHIN,
                         .milestone = MILESTONE_COLLECTED,
                         .limit = LIMIT_PROMISE},
        [DELIVERY_TIME] = {.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED},
        [DELIVERED_BY] = {.kind = MEASURE_WITHIN,
                          .milestone = MILESTONE_DELIVERED,
                          .limit = LIMIT_DELIVER_BY},
        [SHIPPED_LATE] = {.kind = MEASURE_WITHIN,
                          .milestone = MILESTONE_SHIPPED,
                          .limit = LIMIT_PROMISE},
        [REPLY_30S] = {.kind = MEASURE_WITHIN,
                       .of = ENTITY_TICKET,
                       .milestone = MILESTONE_REPLIED,
                       .limit = LIMIT_SECONDS,
                       .n = 30,
                       .tickets = KIND(CHAT),
                       .no_recontact = true},
        [RESPONSE] = {.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = KIND(CHAT)},
        [RETURN_RATE] = {.kind = MEASURE_TICKETS,
                         .of = ENTITY_TICKET,
                         .milestone = MILESTONE_OPENED,
                         .tickets = KIND(RETURN) | KIND(EXCHANGE) | KIND(REPAIR)},
        [DISPUTE_RATE] = {.kind = MEASURE_TICKETS,
                          .of = ENTITY_TICKET,
                          .milestone = MILESTONE_RULED,
                          .tickets = KIND(DISPUTE)},
        [SATISFACTION] = {.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT},
        [ONE_STAR] = {.kind = MEASURE_RATED,
                      .of = ENTITY_REVIEW,
                      .aspect = ASPECT_SERVICE,
                      .low = 1,
                      .high = 1},
    };
    policy.metric_count = METRICS;
    for (size_t i = 0; i < METRICS; i++) {
        policy.metrics[i].measure = measures[i];
        policy.metrics[i].window_days = 30;
    }
    policy.metrics[SHIPPED_LATE].complement = true;
    policy.metrics[RETURN_RATE].has_per = true;
    policy.metrics[RETURN_RATE].per =
        (struct measure){.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED};
    policy.metrics[DISPUTE_RATE].has_per = true;
    policy.metrics[DISPUTE_RATE].per = (struct measure){.kind = MEASURE_ORDERS};
}

static int set_up(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    policy = (struct policy){.novice_days = 90};
    set_metrics();
    policy.backlog = (struct backlog_policy){.mark_count = 1, .marks = {{.hours = 48}}};
    return 0;
}

static struct question question_at(const char *t, enum basis basis)
{
    return (struct question){&policy, &shanghai.calendar, at(t), basis};
}

static struct view view_of(const struct question *q, enum entity entity, const struct facts *facts)
{
    struct view view = {.entity = entity};
    if (entity == ENTITY_ORDER)
        view.order = order_at(facts, q->t);
    else if (entity == ENTITY_TICKET)
        view.ticket = ticket_at(facts, q->t);
    else
        view.review = review_at(facts, q->t);
    return view;
}

static void add_score(const struct question *q, enum entity entity,
                      const char *const events[WRITTEN_FACTS], struct score_reading *reading)
{
    struct written written;
    write_facts(&written, events);
    struct view view = view_of(q, entity, &written.facts);
    replay_score_add(q, &view, reading);
}

static struct score_reading read_one(const struct question *q, enum entity entity,
                                     const char *const events[WRITTEN_FACTS])
{
    struct score_reading reading;
    replay_score_begin(&reading);
    add_score(q, entity, events, &reading);
    return reading;
}

static struct score_reading read_score(const struct question *q,
                                       const char *const events[WRITTEN_FACTS])
{
    return read_one(q, ENTITY_ORDER, events);
}

static void assert_reading(const struct reading *seen, struct reading expected)
{
    assert_int_equal(seen->valid, expected.valid);
    assert_int_equal(seen->sum, expected.sum);
    assert_int_equal(seen->pending, expected.pending);
}

/* --- scores --- */

static void test_replay_score_add__one_order__is_pending_until_it_is_decided(void **state)
{
    (void)state;
    static const struct {
        size_t metric;
        const char *events[WRITTEN_FACTS];
        const char *t;
        struct reading expected; /* valid, good, pending */
    } cases[] = {
        {WITHIN_24H, {"02T10:00 placed cod"}, "02T09:59:59.999999", {0, 0, 0}},
        {WITHIN_24H, {"02T10:00 placed cod"}, "02T10:00", {0, 0, 1}},
        {WITHIN_24H, {"02T10:00 placed cod"}, "03T10:00", {0, 0, 1}},
        {WITHIN_24H, {"02T10:00 placed cod"}, "03T10:00:00.000001", {1, 0, 0}},
        {WITHIN_24H, {"02T10:00 placed cod", "02T11:00 collected"}, "02T11:00", {1, 1, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "02T11:00 collected"},
         "02T10:59:59.999999",
         {0, 0, 1}},
        {WITHIN_24H, {"02T10:00 placed cod", "03T10:00 collected"}, "03T10:00", {1, 1, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "03T10:00:00.000001 collected"},
         "09T00:00",
         {1, 0, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "03T10:00 cancelled"},
         "03T09:59:59.999999",
         {0, 0, 1}},
        {WITHIN_24H, {"02T10:00 placed cod", "03T10:00 cancelled"}, "03T10:00", {0, 0, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "03T10:00:00.000001 cancelled"},
         "09T00:00",
         {1, 0, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "02T11:00 collected", "02T12:00 cancelled"},
         "09T00:00",
         {1, 1, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "02T11:00 collected retracted=02T12:00"},
         "02T11:59",
         {1, 1, 0}},
        {WITHIN_24H,
         {"02T10:00 placed cod", "02T11:00 collected retracted=02T12:00"},
         "02T12:00",
         {0, 0, 1}},
        /* a day's end itself leaves nothing pending */
        {SAME_DAY, {"02T10:00 placed cod"}, "02T23:59:59.999999", {0, 0, 1}},
        {SAME_DAY, {"02T10:00 placed cod"}, "03T00:00", {1, 0, 0}},
        {SAME_DAY, {"02T10:00 placed cod", "02T11:00 cancelled"}, "02T12:00", {0, 0, 0}},
        {NEXT_DAY, {"02T10:00 placed cod"}, "03T23:59:59.999999", {0, 0, 1}},
        {NEXT_DAY, {"02T10:00 placed cod"}, "04T00:00", {1, 0, 0}},
        {NEXT_DAY, {"02T10:00 placed cod", "02T11:00 collected"}, "02T12:00", {0, 0, 1}},
        {NEXT_DAY, {"02T10:00 placed cod", "03T11:00 delivered"}, "03T12:00", {1, 1, 0}},
        {AS_PROMISED, {"02T10:00 placed cod promised_at=05T18:00"}, "05T18:00", {0, 0, 1}},
        {AS_PROMISED,
         {"02T10:00 placed cod promised_at=05T18:00"},
         "05T18:00:00.000001",
         {1, 0, 0}},
        {AS_PROMISED, {"02T10:00 placed cod"}, "04T10:00", {0, 0, 1}},
        {AS_PROMISED, {"02T10:00 placed cod"}, "04T10:00:00.000001", {1, 0, 0}},
        {DELIVERY_TIME, {"02T10:00 placed cod"}, "09T00:00", {0, 0, 0}},
        {DELIVERY_TIME,
         {"02T10:00 placed cod", "02T11:00 delivered"},
         "02T10:59:59.999999",
         {0, 0, 0}},
        {DELIVERY_TIME, {"02T10:00 placed cod", "02T11:00 delivered"}, "02T11:00", {1, 3600, 0}},
        {DELIVERY_TIME,
         {"02T10:00 placed cod", "02T11:00 delivered", "02T12:00 cancelled"},
         "09T00:00",
         {1, 3600, 0}},
        {DELIVERED_BY, {"02T10:00 placed cod deliver_by=05T18:00"}, "05T18:00", {0, 0, 1}},
        {DELIVERED_BY,
         {"02T10:00 placed cod deliver_by=05T18:00"},
         "05T18:00:00.000001",
         {1, 0, 0}},
        {DELIVERED_BY,
         {"02T10:00 placed cod deliver_by=05T18:00", "05T18:00 delivered"},
         "09T00:00",
         {1, 1, 0}},
        {DELIVERED_BY, {"02T10:00 placed cod"}, "02T12:00", {0, 0, 0}}, /* none was promised */
        /* good are the late ones */
        {SHIPPED_LATE, {"02T10:00 placed cod"}, "04T10:00", {0, 0, 1}},
        {SHIPPED_LATE, {"02T10:00 placed cod"}, "04T10:00:00.000001", {1, 1, 0}},
        {SHIPPED_LATE, {"02T10:00 placed cod", "04T10:00 shipped"}, "09T00:00", {1, 0, 0}},
        {SHIPPED_LATE,
         {"02T10:00 placed cod", "04T10:00:00.000001 shipped"},
         "09T00:00",
         {1, 1, 0}},
        {SHIPPED_LATE, {"02T10:00 placed cod", "03T10:00 cancelled"}, "09T00:00", {0, 0, 0}},
        /* in no count: unpaid, outside the population */
        {WITHIN_24H, {"02T10:00 placed"}, "09T00:00", {0, 0, 0}},
        {WITHIN_24H, {"02T10:00 placed cod test"}, "02T12:00", {0, 0, 0}},
        {WITHIN_24H, {"02T10:00 placed cod platform"}, "09T00:00", {0, 0, 0}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu: %s\n", i, cases[i].t);
        struct question q = question_at(cases[i].t, BASIS_LIVE);
        struct score_reading reading = read_score(&q, cases[i].events);
        assert_reading(&reading.metrics[cases[i].metric], cases[i].expected);
    }
}

/* A window of three days that ends on 10 January: 8 to 10 live, 7 to 9 official. */
static void test_replay_score_add__window__is_of_whole_days(void **state)
{
    (void)state;
    static const struct {
        const char *placed, *delivered;
        bool live, official;                   /* in the window by t0 */
        bool delivery_live, delivery_official; /* by the delivery */
    } cases[] = {
        {"06T23:59:59.999999 placed cod", "06T23:59:59.999999 delivered", false, false, false,
         false},
        {"07T00:00 placed cod", "07T00:00 delivered", false, true, false, true},
        {"07T23:59:59.999999 placed cod", "08T00:00 delivered", false, true, true, true},
        {"08T00:00 placed cod", "09T23:59:59.999999 delivered", true, true, true, true},
        {"09T23:59:59.999999 placed cod", "10T00:00 delivered", true, true, true, false},
        {"10T00:00 placed cod", "10T12:00 delivered", true, false, true, false},
    };
    policy.metrics[WITHIN_24H].window_days = policy.metrics[DELIVERY_TIME].window_days = 3;
    policy.novice_days = 3;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].placed);
        const char *const events[WRITTEN_FACTS] = {cases[i].placed, cases[i].delivered};
        struct question live = question_at("10T12:00", BASIS_LIVE),
                        official = question_at("10T12:00", BASIS_OFFICIAL);
        struct score_reading a = read_score(&live, events), b = read_score(&official, events);
        assert_int_equal(a.metrics[WITHIN_24H].valid + a.metrics[WITHIN_24H].pending,
                         cases[i].live);
        assert_int_equal(b.metrics[WITHIN_24H].valid + b.metrics[WITHIN_24H].pending,
                         cases[i].official);
        assert_int_equal(a.metrics[DELIVERY_TIME].valid, cases[i].delivery_live);
        assert_int_equal(b.metrics[DELIVERY_TIME].valid, cases[i].delivery_official);
        assert_int_equal(a.recent_orders, cases[i].live);
        assert_int_equal(b.recent_orders, cases[i].official);
    }
    set_up(NULL);
}

/* At noon of the 10th, with windows of three days that begin as they will on a later day. */
static void test_replay_score_add_since__later_day__the_window_ends_as_ever(void **state)
{
    (void)state;
    static const struct {
        const char *first_today;
        const char *placed;
        enum basis basis;
        bool counts;
    } cases[] = {
        {"10T12:00", "08T00:00 placed cod", BASIS_LIVE, true},
        {"11T12:00", "08T23:59:59.999999 placed cod", BASIS_LIVE, false},
        {"11T12:00", "09T00:00 placed cod", BASIS_LIVE, true},
        {"12T12:00", "09T23:59:59.999999 placed cod", BASIS_LIVE, false},
        {"12T12:00", "10T12:00 placed cod", BASIS_LIVE, true},
        {"12T12:00", "09T00:00 placed cod", BASIS_OFFICIAL, true},
        {"12T12:00", "10T00:00 placed cod", BASIS_OFFICIAL, false}, /* the window ends before */
        {"13T12:00", "10T12:00 placed cod", BASIS_LIVE, false},     /* it is empty */
        {"20T12:00", "10T12:00 placed cod", BASIS_LIVE, false},
    };
    policy.metrics[WITHIN_24H].window_days = policy.novice_days = 3;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = question_at("10T12:00", cases[i].basis);
        int32_t first_today = calendar_day(q.calendar, at(cases[i].first_today));
        const char *const events[WRITTEN_FACTS] = {cases[i].placed};
        struct written written;
        struct score_reading reading;
        write_facts(&written, events);
        struct view view = view_of(&q, ENTITY_ORDER, &written.facts);
        replay_score_begin(&reading);
        replay_score_add_since(&q, first_today, &view, &reading);
        assert_int_equal(reading.metrics[WITHIN_24H].valid + reading.metrics[WITHIN_24H].pending,
                         cases[i].counts);
        assert_int_equal(reading.recent_orders, cases[i].counts);
    }
    set_up(NULL);
}

static void test_replay_score_add__chat__is_pending_until_it_is_decided(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        const char *t;
        struct reading expected; /* valid, good, pending */
        const char *next;
    } cases[] = {
        {{"02T10:00 opened chat"}, "02T09:59:59.999999", {0, 0, 0}, NULL},
        {{"02T10:00 opened chat"}, "02T10:00", {0, 0, 1}, "02T10:00:30.000001"},
        {{"02T10:00 opened chat"}, "02T10:00:30", {0, 0, 1}, "02T10:00:30.000001"},
        {{"02T10:00 opened chat"}, "02T10:00:30.000001", {1, 0, 0}, NULL},
        {{"02T10:00 opened chat", "02T10:00:10 replied"}, "02T10:00:10", {1, 1, 0}, NULL},
        {{"02T10:00 opened chat", "02T10:00:10 replied bot"},
         "02T10:00:10",
         {0, 0, 1},
         "02T10:00:30.000001"},
        {{"02T10:00 opened chat", "02T10:00:30.000001 replied"}, "02T12:00", {1, 0, 0}, NULL},
        {{"02T10:00 opened chat", "02T10:00:10 closed cancelled"}, "02T10:00:20", {0, 0, 0}, NULL},
        {{"02T10:00 opened chat", "02T10:00:10 closed cancelled", "02T10:00:15 reopened"},
         "02T10:00:20",
         {0, 0, 1},
         "02T10:00:30.000001"},
        {{"02T10:00 opened return"}, "02T10:00", {0, 0, 0}, NULL},
        {{"02T10:00 asked"}, "02T10:00", {0, 0, 0}, NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = question_at(cases[i].t, BASIS_LIVE);
        struct score_reading reading = read_one(&q, ENTITY_TICKET, cases[i].events);
        assert_reading(&reading.metrics[REPLY_30S], cases[i].expected);
        assert_instant(reading.next_change, at(cases[i].next));
        assert_int_equal(reading.recent_orders, 0);
    }
    /* today is not in the official window */
    struct question official = question_at("02T10:00", BASIS_OFFICIAL);
    struct score_reading reading = read_one(&official, ENTITY_TICKET, cases[1].events);
    assert_reading(&reading.metrics[REPLY_30S], (struct reading){0, 0, 0});
    assert_instant(reading.next_change, INSTANT_NEVER);
}

/* What neighbours say of an entity, the caller knows. */
static void test_replay_score_add__neighbours__are_those_of_the_view(void **state)
{
    (void)state;
    struct question q = question_at("02T12:00", BASIS_LIVE);
    struct written written;
    struct score_reading reading;
    write_facts(&written, (const char *const[WRITTEN_FACTS]){"02T10:00 opened chat buyer=B1"});
    struct view view = view_of(&q, ENTITY_TICKET, &written.facts);
    view.ticket.recontact = true;
    replay_score_begin(&reading);
    replay_score_add(&q, &view, &reading);
    assert_reading(&reading.metrics[REPLY_30S], (struct reading){0, 0, 0});

    write_facts(&written, (const char *const[WRITTEN_FACTS]){"02T10:00 reviewed product=5"});
    view = view_of(&q, ENTITY_REVIEW, &written.facts);
    view.review.crowded_out = true;
    replay_score_add(&q, &view, &reading);
    assert_reading(&reading.metrics[SATISFACTION], (struct reading){0, 0, 0});
    view.review.crowded_out = false;
    replay_score_add(&q, &view, &reading);
    assert_reading(&reading.metrics[SATISFACTION], (struct reading){1, 5, 0});
}

/* One session, four replies on two days: each is of its own day. */
static void test_replay_score_add__responses__count_one_by_one(void **state)
{
    (void)state;
    static const char *const session[WRITTEN_FACTS] = {
        "02T23:00 opened chat", "02T23:00:07.999999 replied", "02T23:58:50 asked",
        "02T23:59:50 replied",  "02T23:59:58 asked",          "03T00:00 replied",
        "03T10:00 asked",       "03T10:00:10 asked",          "03T10:00:20 replied",
        "03T10:00:30 replied", /* answers nothing */
    };
    policy.metrics[RESPONSE].window_days = 1;
    struct question live = question_at("03T12:00", BASIS_LIVE),
                    official = question_at("03T12:00", BASIS_OFFICIAL);
    struct score_reading reading = read_one(&live, ENTITY_TICKET, session);
    assert_reading(&reading.metrics[RESPONSE], (struct reading){2, 2 + 20, 0});
    reading = read_one(&official, ENTITY_TICKET, session);
    assert_reading(&reading.metrics[RESPONSE], (struct reading){2, 7 + 60, 0});
    set_up(NULL);
}

/* Each population by its own instant: the tickets by opening or ruling, units by delivery, orders
 * by t0. */
static void test_replay_score_add__ratio__is_of_two_populations(void **state)
{
    (void)state;
    struct question q = question_at("10T12:00", BASIS_LIVE);
    policy.metrics[RETURN_RATE].window_days = policy.metrics[DISPUTE_RATE].window_days = 3;
    static const struct {
        enum entity entity;
        const char *events[WRITTEN_FACTS];
    } entities[] = {
        {ENTITY_ORDER, {"05T10:00 placed cod units=3", "08T00:00 delivered"}},
        {ENTITY_ORDER, {"08T00:00 placed cod units=4", "09T10:00 delivered"}},
        {ENTITY_ORDER, {"05T10:00 placed cod units=50", "07T23:59:59.999999 delivered"}},
        {ENTITY_ORDER, {"09T10:00 placed cod units=50"}},
        {ENTITY_ORDER, {"09T10:00 placed cod units=50", "10T10:00 cancelled"}},
        {ENTITY_ORDER, {"09T10:00 placed cod pickup units=50", "10T10:00 delivered"}},
        {ENTITY_TICKET, {"08T00:00 opened return", "08T10:00 closed cancelled"}},
        {ENTITY_TICKET, {"09T10:00 opened repair"}},
        {ENTITY_TICKET, {"10T10:00 opened exchange"}},
        {ENTITY_TICKET, {"07T23:59:59.999999 opened return", "09T10:00 processed refunded"}},
        {ENTITY_TICKET, {"09T10:00 opened refund"}},
        {ENTITY_TICKET, {"01T10:00 opened dispute", "08T00:00 ruled merchant"}},
        {ENTITY_TICKET, {"01T10:00 opened dispute", "07T23:59:59.999999 ruled both"}},
        {ENTITY_TICKET, {"09T10:00 opened dispute", "10T10:00 ruled buyer"}},
        {ENTITY_TICKET,
         {"09T10:00 opened dispute", "10T10:00 ruled merchant", "10T11:00 appealed won"}},
    };
    struct score_reading reading;
    replay_score_begin(&reading);
    for (size_t i = 0; i < LENGTH(entities); i++)
        add_score(&q, entities[i].entity, entities[i].events, &reading);
    assert_reading(&reading.metrics[RETURN_RATE], (struct reading){3 + 4, 3, 0});
    assert_reading(&reading.metrics[DISPUTE_RATE], (struct reading){3, 1, 0});
    set_up(NULL);
}

static void test_replay_score_add__reviews__count_stars_and_those_of_one_star(void **state)
{
    (void)state;
    struct question q = question_at("10T12:00", BASIS_LIVE);
    static const char *const reviews[][WRITTEN_FACTS] = {
        {"02T10:00 reviewed product=5 service=1"},
        {"02T10:00 reviewed product=2"},
        {"02T10:00 reviewed service=2"},
        {"02T10:00 reviewed product=1 service=1", "03T10:00 reviewed product=4 service=3"},
        {"02T10:00 reviewed product=3 service=1", "03T10:00 excluded"},
        {"02T10:00 reviewed product=3 service=1 default"},
        {"10T12:00:00.000001 reviewed product=3 service=1"}, /* after t */
    };
    struct score_reading reading;
    replay_score_begin(&reading);
    for (size_t i = 0; i < LENGTH(reviews); i++)
        add_score(&q, ENTITY_REVIEW, reviews[i], &reading);
    assert_reading(&reading.metrics[SATISFACTION], (struct reading){3, 5 + 2 + 4, 0});
    assert_reading(&reading.metrics[ONE_STAR], (struct reading){3, 1, 0});
    assert_instant(reading.next_change, INSTANT_NEVER);
}

/* Suspended from 2 January, 11:00 up to 12:00. */
static void test_replay_score_add__suspended__is_in_no_metric_that_suspends(void **state)
{
    (void)state;
    static const struct {
        const char *placed;
        bool counts;
    } cases[] = {
        {"02T10:59:59.999999 placed cod", true},
        {"02T11:00 placed cod", false},
        {"02T11:59:59.999999 placed cod", false},
        {"02T12:00 placed cod", true},
    };
    const struct interval suspended = {at("02T11:00").us, at("02T12:00").us};
    shanghai.calendar.suspended = &suspended;
    shanghai.calendar.suspended_count = 1;
    policy.metrics[WITHIN_24H].measure.suspends = true;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].placed);
        struct question q = question_at("02T13:00", BASIS_LIVE);
        const char *const events[WRITTEN_FACTS] = {cases[i].placed};
        struct score_reading reading = read_score(&q, events);
        assert_int_equal(reading.metrics[WITHIN_24H].pending, cases[i].counts);
        assert_int_equal(reading.metrics[AS_PROMISED].pending, 1); /* knows no suspension */
        assert_int_equal(reading.recent_orders, 1);
    }
    set_up(NULL);
}

static void test_replay_score_add__several_orders__add_up(void **state)
{
    (void)state;
    struct question q = question_at("02T12:00", BASIS_LIVE);
    struct score_reading reading;
    replay_score_begin(&reading);
    static const char *const orders[][WRITTEN_FACTS] = {
        {"02T10:00 placed cod"},        {"02T10:00 placed cod", "02T11:00 collected"},
        {"01T10:00 placed cod"},        {"02T10:00 placed cod", "02T11:00 cancelled"},
        {"02T10:00 placed cod pickup"},
    };
    for (size_t i = 0; i < LENGTH(orders); i++)
        add_score(&q, ENTITY_ORDER, orders[i], &reading);
    assert_int_equal(reading.recent_orders, 4);
    assert_int_equal(reading.metrics[WITHIN_24H].valid, 2);
    assert_int_equal(reading.metrics[WITHIN_24H].sum, 1);
    assert_int_equal(reading.metrics[WITHIN_24H].pending, 1);
}

/* Hour marks and promises change an answer just after them; day limits change at midnight, with
 * everything else. */
static void test_replay_score_add__next_change__is_just_after_the_first_mark(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        const char *t, *next;
    } cases[] = {
        {{"02T10:00 placed cod"}, "02T12:00", "03T10:00:00.000001"},
        {{"02T10:00 placed cod"}, "03T10:00", "03T10:00:00.000001"},
        {{"02T10:00 placed cod"},
         "03T10:00:00.000001",
         "04T10:00:00.000001"}, /* t0 + 48 h is promised */
        {{"02T10:00 placed cod"}, "04T10:00:00.000001", NULL},
        {{"02T10:00 placed cod promised_at=02T18:00"}, "02T12:00", "02T18:00:00.000001"},
        {{"02T10:00 placed cod", "02T11:00 collected"}, "02T12:00", NULL},
        {{"02T10:00 placed cod", "02T11:00 cancelled"}, "02T12:00", NULL},
        {{"02T10:00 placed cod deliver_by=02T18:00", "02T11:00 collected"},
         "02T12:00",
         "02T18:00:00.000001"},
        {{"02T10:00 placed cod presale_until=02T20:00"}, "02T12:00", "02T20:00"},
        {{"02T10:00 placed cod presale_until=02T20:00"}, "02T20:00", "03T20:00:00.000001"},
        {{"02T10:00 placed cod presale_until=02T20:00 test"}, "02T12:00", NULL},
        {{"02T10:00 placed"}, "02T12:00", NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = question_at(cases[i].t, BASIS_LIVE);
        assert_instant(read_score(&q, cases[i].events).next_change, at(cases[i].next));
    }
    /* today is not in the official window */
    struct question official = question_at("02T12:00", BASIS_OFFICIAL);
    assert_instant(read_score(&official, (const char *const[WRITTEN_FACTS]){"02T10:00 placed cod"})
                       .next_change,
                   INSTANT_NEVER);
}

/* --- backlog --- */

struct backlog_seen {
    struct cohort cohorts[COHORTS];
    struct backlog_reading reading;
};

static void read_backlog(struct backlog_seen *seen, const struct question *q,
                         const char *const events[WRITTEN_FACTS])
{
    struct written written;
    write_facts(&written, events);
    struct order_view view = order_at(&written.facts, q->t);
    replay_backlog_begin(q, seen->cohorts, COHORTS, &seen->reading);
    replay_backlog_add(q, &view, &seen->reading);
}

static void test_replay_backlog_begin__cohorts__end_with_today(void **state)
{
    (void)state;
    struct question q = question_at("20T00:00", BASIS_LIVE);
    struct backlog_seen seen;
    replay_backlog_begin(&q, seen.cohorts, COHORTS, &seen.reading);
    for (int i = 0; i < COHORTS; i++) {
        assert_int_equal(seen.cohorts[i].day, JANUARY(1 + i));
        assert_int_equal(seen.cohorts[i].orders, 0);
    }
    assert_int_equal(seen.reading.cohort_count, COHORTS);
    assert_instant(seen.reading.next_change, INSTANT_NEVER);
}

/* An order of 2 January, 10:00; its 48 h mark is the 4th, 10:00, its checkpoint the 5th, 00:00. */
static void test_replay_backlog_add__one_order__is_counted_at_its_mark(void **state)
{
    (void)state;
    static const struct {
        const char *event, *event2, *t;
        int64_t eligible, overdue, still_open, at_risk;
    } cases[] = {
        {NULL, NULL, "02T10:00", 1, 0, 0, 1},
        {NULL, NULL, "04T10:00", 1, 0, 0, 1},
        {NULL, NULL, "04T10:00:00.000001", 1, 1, 1, 0},
        {NULL, NULL, "05T00:00", 1, 1, 1, 0},
        {NULL, NULL, "20T00:00", 1, 1, 1, 0},
        /* collected */
        {"02T12:00 collected", NULL, "02T11:59:59.999999", 1, 0, 0, 1},
        {"02T12:00 collected", NULL, "02T12:00", 1, 0, 0, 0},
        {"04T10:00 collected", NULL, "20T00:00", 1, 0, 0, 0},
        {"04T10:00:00.000001 collected", NULL, "04T10:00:00.000001", 1, 1, 0, 0},
        {"04T12:00 collected", NULL, "04T11:59:59.999999", 1, 1, 1, 0},
        {"04T12:00 collected", NULL, "20T00:00", 1, 1, 0, 0},
        {"05T00:00 collected", NULL, "20T00:00", 1, 1, 0, 0},
        {"05T00:00:00.000001 collected", NULL, "20T00:00", 1, 1, 1, 0},
        /* cancelled */
        {"04T10:00 cancelled", NULL, "04T09:59:59.999999", 1, 0, 0, 1},
        {"04T10:00 cancelled", NULL, "04T10:00", 0, 0, 0, 0},
        {"04T10:00:00.000001 cancelled", NULL, "20T00:00", 1, 1, 0, 0},
        {"05T00:00 cancelled", NULL, "20T00:00", 1, 1, 0, 0},
        {"05T00:00:00.000001 cancelled", NULL, "20T00:00", 1, 1, 1, 0},
        /* both */
        {"03T10:00 collected", "03T10:00 cancelled", "20T00:00", 0, 0, 0, 0},
        {"03T10:00 collected", "03T10:00:00.000001 cancelled", "20T00:00", 1, 0, 0, 0},
        {"03T10:00 collected", "03T09:59:59.999999 cancelled", "20T00:00", 0, 0, 0, 0},
        {"03T10:00 collected", "09T00:00 cancelled", "20T00:00", 1, 0, 0, 0},
        {"06T00:00 collected", "04T12:00 cancelled", "20T00:00", 1, 1, 0, 0},
        /* a delivery is no collection */
        {"03T10:00 delivered", NULL, "20T00:00", 1, 1, 1, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = question_at(cases[i].t, BASIS_LIVE);
        struct backlog_seen seen;
        read_backlog(&seen, &q,
                     (const char *const[WRITTEN_FACTS]){"02T10:00 placed cod", cases[i].event,
                                                        cases[i].event2});
        const struct cohort *cohort = &seen.cohorts[JANUARY(2) - seen.cohorts[0].day];
        assert_int_equal(cohort->orders, 1);
        assert_int_equal(cohort->exempt, 0);
        assert_int_equal(cohort->marks[0].eligible, cases[i].eligible);
        assert_int_equal(cohort->marks[0].overdue, cases[i].overdue);
        assert_int_equal(cohort->marks[0].still_open, cases[i].still_open);
        assert_int_equal(cohort->marks[0].at_risk, cases[i].at_risk);
        for (size_t c = 0; c < COHORTS; c++)
            assert_int_equal(seen.cohorts[c].orders, &seen.cohorts[c] == cohort);
    }
}

static void test_replay_backlog_add__today__counts_what_came_in_and_went_out(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        int64_t placed, collected;
    } cases[] = {
        {{"10T00:00 placed cod"}, 1, 0},
        {{"09T23:59:59.999999 placed cod"}, 0, 0},
        {{"10T00:00 placed cod", "10T11:00 collected"}, 1, 1},
        {{"09T10:00 placed cod", "10T00:00 collected"}, 0, 1},
        {{"09T10:00 placed cod", "09T23:59:59.999999 collected"}, 0, 0},
        {{"09T10:00 placed cod", "10T12:00:00.000001 collected"}, 0, 0}, /* after t */
        {{"09T10:00 placed cod", "10T11:00 collected", "10T11:00 cancelled"}, 0, 0},
        {{"09T10:00 placed cod", "10T11:00 collected", "10T11:00:00.000001 cancelled"}, 0, 1},
        {{"10T08:00 placed cod", "10T09:00 cancelled"}, 1, 0},
        {{"10T08:00 placed cod test", "10T09:00 collected"}, 0, 0},
        {{"10T08:00 placed cod presale_until=10T20:00", "10T09:00 collected"},
         0,
         0}, /* not begun */
        {{"10T08:00 placed"}, 0, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        struct question q = question_at("10T12:00", BASIS_LIVE);
        struct backlog_seen seen;
        read_backlog(&seen, &q, cases[i].events);
        assert_int_equal(seen.reading.placed_today, cases[i].placed);
        assert_int_equal(seen.reading.collected_today, cases[i].collected);
    }
}

/* An order older than every cohort of the reading was still collected today. */
static void test_replay_backlog_add__older_than_the_reading__is_in_no_cohort(void **state)
{
    (void)state;
    struct question q = question_at("28T12:00", BASIS_LIVE);
    struct backlog_seen seen;
    read_backlog(&seen, &q,
                 (const char *const[WRITTEN_FACTS]){"02T10:00 placed cod", "28T09:00 collected"});
    assert_int_equal(seen.reading.collected_today, 1);
    for (size_t c = 0; c < COHORTS; c++)
        assert_int_equal(seen.cohorts[c].orders, 0);
}

static void test_replay_backlog_add__next_change__is_just_after_a_listed_orders_mark(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        const char *t, *next;
        int32_t hours;
    } cases[] = {
        {{"02T10:00 placed cod"}, "02T12:00", "04T10:00:00.000001", 48},
        {{"02T10:00 placed cod"}, "04T10:00", "04T10:00:00.000001", 48},
        {{"02T10:00 placed cod"}, "04T10:00:00.000001", NULL, 48},
        {{"02T10:00 placed cod", "02T11:00 collected"}, "02T12:00", NULL, 48},
        {{"02T10:00 placed cod", "02T11:00 cancelled"}, "02T12:00", NULL, 48},
        {{"02T10:00 placed cod presale_until=02T20:00"}, "02T12:00", "02T20:00", 48},
        {{"02T10:00 placed cod"}, "08T12:00", "12T10:00:00.000001", 240},
        {{"02T10:00 placed cod"}, "09T00:00", NULL, 240}, /* no longer listed */
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("case %zu\n", i);
        policy.backlog.marks[0].hours = cases[i].hours;
        struct question q = question_at(cases[i].t, BASIS_LIVE);
        struct backlog_seen seen;
        read_backlog(&seen, &q, cases[i].events);
        assert_instant(seen.reading.next_change, at(cases[i].next));
    }
    set_up(NULL);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_replay_score_add__one_order__is_pending_until_it_is_decided),
        unit(test_replay_score_add__window__is_of_whole_days),
        unit(test_replay_score_add_since__later_day__the_window_ends_as_ever),
        unit(test_replay_score_add__chat__is_pending_until_it_is_decided),
        unit(test_replay_score_add__neighbours__are_those_of_the_view),
        unit(test_replay_score_add__responses__count_one_by_one),
        unit(test_replay_score_add__ratio__is_of_two_populations),
        unit(test_replay_score_add__reviews__count_stars_and_those_of_one_star),
        unit(test_replay_score_add__suspended__is_in_no_metric_that_suspends),
        unit(test_replay_score_add__several_orders__add_up),
        unit(test_replay_score_add__next_change__is_just_after_the_first_mark),
        unit(test_replay_backlog_begin__cohorts__end_with_today),
        unit(test_replay_backlog_add__one_order__is_counted_at_its_mark),
        unit(test_replay_backlog_add__today__counts_what_came_in_and_went_out),
        unit(test_replay_backlog_add__older_than_the_reading__is_in_no_cohort),
        unit(test_replay_backlog_add__next_change__is_just_after_a_listed_orders_mark),
    };
    return cmocka_run_group_tests_name("domain/replay", tests, set_up, NULL);
}
