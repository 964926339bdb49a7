/* What tickets and reviews contribute. */
#include "observed.h"

static struct zone shanghai;

#define SET(kind) (1U << TICKET_##kind)
#define SENT_BACK (SET(RETURN) | SET(EXCHANGE) | SET(REPAIR))
#define AFTER_SALES (SENT_BACK | SET(REFUND) | SET(RESEND))

/* The measures of the contract's table. */
static const struct measure after_sales_time = {.kind = MEASURE_DURATION,
                                                .of = ENTITY_TICKET,
                                                .milestone = MILESTONE_HANDLED,
                                                .n = 180,
                                                .tickets = AFTER_SALES};
static const struct measure return_ratings = {.kind = MEASURE_RATED,
                                              .of = ENTITY_TICKET,
                                              .tickets = SET(RETURN) | SET(EXCHANGE),
                                              .low = 4,
                                              .high = 5};
static const struct measure returns = {.kind = MEASURE_TICKETS,
                                       .of = ENTITY_TICKET,
                                       .milestone = MILESTONE_OPENED,
                                       .tickets = SENT_BACK};
static const struct measure audits = {.kind = MEASURE_WITHIN,
                                      .of = ENTITY_TICKET,
                                      .milestone = MILESTONE_AUDITED,
                                      .limit = LIMIT_HOURS,
                                      .n = 24,
                                      .tickets = AFTER_SALES};
static const struct measure work_order_replies = {.kind = MEASURE_WITHIN,
                                                  .of = ENTITY_TICKET,
                                                  .milestone = MILESTONE_REPLIED,
                                                  .limit = LIMIT_HOURS,
                                                  .n = 3,
                                                  .tickets = SET(WORK_ORDER)};
static const struct measure first_replies = {.kind = MEASURE_WITHIN,
                                             .of = ENTITY_TICKET,
                                             .milestone = MILESTONE_REPLIED,
                                             .limit = LIMIT_SECONDS,
                                             .n = 30,
                                             .tickets = SET(CHAT),
                                             .night_from = 23 * 60,
                                             .night_to = 9 * 60,
                                             .no_left_message = true,
                                             .no_recontact = true};
static const struct measure responses = {
    .kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = SET(CHAT)};
static const struct measure lost_disputes = {.kind = MEASURE_TICKETS,
                                             .of = ENTITY_TICKET,
                                             .milestone = MILESTONE_RULED,
                                             .tickets = SET(DISPUTE)};
static const struct measure self_resolved = {.kind = MEASURE_CLOSED_THAT,
                                             .of = ENTITY_TICKET,
                                             .test = TEST_NOT_ESCALATED,
                                             .tickets = SET(DISPUTE)};
static const struct measure timely = {.kind = MEASURE_CLOSED_THAT,
                                      .of = ENTITY_TICKET,
                                      .test = TEST_NOT_TIMED_OUT,
                                      .tickets = SET(DISPUTE)};
static const struct measure product_stars = {
    .kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT};
static const struct measure one_star_logistics = {
    .kind = MEASURE_RATED, .of = ENTITY_REVIEW, .aspect = ASPECT_LOGISTICS, .low = 1, .high = 1};

static struct observed ticket_seen(const struct measure *measure, const struct ticket_view *view)
{
    return observed_ticket(measure, &shanghai.calendar, view);
}

static struct observed review_seen(const struct measure *measure, const struct review_view *view)
{
    return observed_review(measure, &shanghai.calendar, view);
}

/* --- within a limit --- */

/* A ticket opened on 2 January, 10:00, of which the measure sees `good`, or nothing (-1). */
struct limit_case {
    const char *event; /* the reply or audit */
    const char *closed;
    enum close_outcome closing;
    int good;
};

static void check_limit(const struct measure *measure, enum ticket_kind kind,
                        const struct limit_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("case %zu\n", i);
        struct ticket_view view = ticket_of(kind, "02T10:00");
        if (measure->milestone == MILESTONE_REPLIED)
            view.replied = at(cases[i].event);
        else
            view.audited = at(cases[i].event);
        view.closed = at(cases[i].closed);
        view.closing = cases[i].closing;
        struct observed seen = ticket_seen(measure, &view);
        if (cases[i].good < 0)
            assert_int_equal(seen.count, 0);
        else
            assert_observed(&seen, at("02T10:00"), JANUARY(2), cases[i].good);
    }
}

#define check(measure, kind, cases)                                                                \
    check_limit(&(measure), kind, cases, sizeof(cases) / sizeof(cases)[0])

static void test_observe__reply_within_3_hours__exactly_3_hours_is_in_time(void **state)
{
    (void)state;
    static const struct limit_case cases[] = {
        {"02T10:00", NULL, CLOSE_NONE, 1},
        {"02T12:59:59", NULL, CLOSE_NONE, 1},
        {"02T13:00", NULL, CLOSE_NONE, 1},
        {"02T13:00:00.000001", NULL, CLOSE_NONE, 0},
        {NULL, NULL, CLOSE_NONE, 0},
        /* withdrawn by the buyer in time */
        {NULL, "02T13:00", CLOSE_CANCELLED, -1},
        {NULL, "02T13:00:00.000001", CLOSE_CANCELLED, 0},
        {"02T11:00", "02T11:00:00.000001", CLOSE_CANCELLED, 1},
        {"02T11:00", "02T11:00", CLOSE_CANCELLED, -1},
        {"02T14:00", "02T11:00", CLOSE_CANCELLED, -1},
        /* any other closing is no excuse */
        {NULL, "02T11:00", CLOSE_DONE, 0},
        {NULL, "02T11:00", CLOSE_FORCED, 0},
        {NULL, "02T11:00", CLOSE_SETTLED, 0},
        {NULL, "02T11:00", CLOSE_NONE, 0},
    };
    check(work_order_replies, TICKET_WORK_ORDER, cases);
}

static void test_observe__audit_within_24_hours__exactly_24_hours_is_in_time(void **state)
{
    (void)state;
    static const struct limit_case cases[] = {
        {"03T10:00", NULL, CLOSE_NONE, 1},
        {"03T10:00:00.000001", NULL, CLOSE_NONE, 0},
        {NULL, NULL, CLOSE_NONE, 0},
        {NULL, "03T10:00", CLOSE_CANCELLED, -1},
        {NULL, "03T10:00:01", CLOSE_CANCELLED, 0},
    };
    check(audits, TICKET_REFUND, cases);
}

static void test_observe__reply_within_30_seconds__exactly_30_seconds_is_in_time(void **state)
{
    (void)state;
    static const struct limit_case cases[] = {
        {"02T10:00:29", NULL, CLOSE_NONE, 1},        {"02T10:00:30", NULL, CLOSE_NONE, 1},
        {"02T10:00:30.000001", NULL, CLOSE_NONE, 0}, {"02T10:00:31", NULL, CLOSE_NONE, 0},
        {NULL, "02T10:00:30", CLOSE_CANCELLED, -1},
    };
    check(first_replies, TICKET_CHAT, cases);
}

static void test_measure_is_pending__ticket__until_its_limit_unless_decided(void **state)
{
    (void)state;
    struct view view = {.entity = ENTITY_TICKET,
                        .ticket = ticket_of(TICKET_WORK_ORDER, "02T10:00")};
    const struct calendar *calendar = &shanghai.calendar;
    assert_instant(measure_deadline(&work_order_replies, calendar, &view), at("02T13:00"));
    assert_instant(measure_event(&work_order_replies, &view), INSTANT_NEVER);
    assert_true(measure_is_pending(&work_order_replies, calendar, &view, at("02T13:00")));
    assert_false(
        measure_is_pending(&work_order_replies, calendar, &view, at("02T13:00:00.000001")));
    view.ticket.closed = at("02T11:00");
    view.ticket.closing = CLOSE_DONE;
    assert_true(measure_is_pending(&work_order_replies, calendar, &view, at("02T12:00")));
    view.ticket.closing = CLOSE_CANCELLED;
    assert_false(measure_is_pending(&work_order_replies, calendar, &view, at("02T12:00")));
    view.ticket = ticket_of(TICKET_WORK_ORDER, "02T10:00");
    view.ticket.audited = at("02T10:30");
    assert_true(measure_is_pending(&work_order_replies, calendar, &view, at("02T12:00")));
    view.ticket.replied = at("02T11:00");
    assert_instant(measure_event(&work_order_replies, &view), at("02T11:00"));
    assert_false(measure_is_pending(&work_order_replies, calendar, &view, at("02T12:00")));
    assert_instant(measure_event(&audits, &view), at("02T10:30"));
}

/* --- populations --- */

static void test_observe__kinds__only_those_of_the_measure(void **state)
{
    (void)state;
    static const bool sent_back[TICKET_KINDS] = {
        [TICKET_RETURN] = true, [TICKET_EXCHANGE] = true, [TICKET_REPAIR] = true};
    for (int kind = TICKET_NONE + 1; kind < TICKET_KINDS; kind++) {
        struct ticket_view view = ticket_of((enum ticket_kind)kind, "02T10:00");
        assert_int_equal(ticket_seen(&returns, &view).count, sent_back[kind]);
    }
}

static void test_observe__ticket_without_opening__is_nothing(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_RETURN, "02T10:00");
    view.rated = at("03T10:00");
    view.opened_known = false;
    assert_int_equal(ticket_seen(&returns, &view).count, 0);
    assert_int_equal(ticket_seen(&return_ratings, &view).count, 0);
    assert_int_equal(ticket_seen(&audits, &view).count, 0);
}

static void test_observe__opened_at_night__is_out_from_23_to_9(void **state)
{
    (void)state;
    static const struct {
        const char *opened;
        bool seen;
    } cases[] = {
        {"02T22:59:59", true},         {"02T22:59:59.999999", true},  {"02T23:00", false},
        {"02T23:00:00.000001", false}, {"02T23:59:59", false},        {"03T00:00", false},
        {"03T08:59:59", false},        {"03T08:59:59.999999", false}, {"03T09:00", true},
        {"03T09:00:01", true},
    };
    struct measure all_day = first_replies;
    all_day.night_from = all_day.night_to = 9 * 60; /* equal: no night */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].opened);
        struct ticket_view view = ticket_of(TICKET_CHAT, cases[i].opened);
        assert_int_equal(ticket_seen(&first_replies, &view).count, cases[i].seen);
        assert_int_equal(ticket_seen(&all_day, &view).count, 1);
    }
}

static void test_observe__night_that_does_not_wrap__is_half_open_too(void **state)
{
    (void)state;
    struct measure measure = first_replies;
    measure.night_from = 0;
    measure.night_to = 8 * 60;
    static const struct {
        const char *opened;
        bool seen;
    } cases[] = {{"02T23:59:59.999999", true},
                 {"03T00:00", false},
                 {"03T07:59:59.999999", false},
                 {"03T08:00", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ticket_view view = ticket_of(TICKET_CHAT, cases[i].opened);
        assert_int_equal(ticket_seen(&measure, &view).count, cases[i].seen);
    }
}

/* The night is the store's: 09:00 at +08:00 is 06:30 at +05:30. */
static void test_observe__night__is_by_the_stores_wall_clock(void **state)
{
    (void)state;
    struct zone kolkata;
    zone_fixed(&kolkata, 5 * 60 + 30);
    struct ticket_view view = ticket_of(TICKET_CHAT, "03T09:00");
    assert_int_equal(observed_ticket(&first_replies, &kolkata.calendar, &view).count, 0);
    view.opened = at("03T11:29:59.999999");
    assert_int_equal(observed_ticket(&first_replies, &kolkata.calendar, &view).count, 0);
    view.opened = at("03T11:30");
    assert_int_equal(observed_ticket(&first_replies, &kolkata.calendar, &view).count, 1);
}

static void test_observe__left_messages_and_recontacts__are_out_where_the_measure_says(void **state)
{
    (void)state;
    struct measure lenient = first_replies;
    lenient.no_left_message = lenient.no_recontact = false;
    struct ticket_view view = ticket_of(TICKET_CHAT, "02T10:00");
    assert_int_equal(ticket_seen(&first_replies, &view).count, 1);
    view.left_message = true;
    assert_int_equal(ticket_seen(&first_replies, &view).count, 0);
    assert_int_equal(ticket_seen(&lenient, &view).count, 1);
    view.left_message = false;
    view.recontact = true;
    assert_int_equal(ticket_seen(&first_replies, &view).count, 0);
    assert_int_equal(ticket_seen(&lenient, &view).count, 1);
}

/* --- counts and amounts --- */

static void test_observe__tickets_opened__by_the_openings_day(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_RETURN, "02T23:59:59.999999");
    view.closed = at("04T10:00");
    view.closing = CLOSE_CANCELLED;
    struct observed seen = ticket_seen(&returns, &view);
    assert_observed(&seen, at("02T23:59:59.999999"), JANUARY(2), 0);
}

static void test_observe__tickets_ruled__lost_disputes_by_the_rulings_day(void **state)
{
    (void)state;
    static const struct {
        enum liability liability;
        bool appeal_won;
        enum close_outcome closing;
        bool lost;
    } cases[] = {
        {LIABLE_MERCHANT, false, CLOSE_NONE, true}, {LIABLE_BOTH, false, CLOSE_NONE, true},
        {LIABLE_BUYER, false, CLOSE_NONE, false},   {LIABLE_NONE, false, CLOSE_NONE, false},
        {LIABLE_MERCHANT, true, CLOSE_NONE, false}, {LIABLE_MERCHANT, false, CLOSE_SETTLED, false},
        {LIABLE_MERCHANT, false, CLOSE_DONE, true},
    };
    struct ticket_view view = ticket_of(TICKET_DISPUTE, "02T10:00");
    assert_int_equal(ticket_seen(&lost_disputes, &view).count, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("case %zu\n", i);
        view = ticket_of(TICKET_DISPUTE, "02T10:00");
        view.ruled = at("05T00:00");
        view.liability = cases[i].liability;
        view.appeal_won = cases[i].appeal_won;
        if (cases[i].closing != CLOSE_NONE)
            view.closed = at("06T10:00");
        view.closing = cases[i].closing;
        struct observed seen = ticket_seen(&lost_disputes, &view);
        if (cases[i].lost)
            assert_observed(&seen, at("05T00:00"), JANUARY(5), 0);
        else
            assert_int_equal(seen.count, 0);
    }
}

static void test_observe__handled__less_the_buyers_own_time_by_its_end(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_RETURN, "02T10:00");
    assert_int_equal(ticket_seen(&after_sales_time, &view).count, 0);
    view.audited = view.approved = at("02T12:00");
    view.buyer_shipped = at("04T12:00");
    assert_int_equal(ticket_seen(&after_sales_time, &view).count, 0);
    view.processed = at("05T00:00:00.999999");
    view.processing = PROCESS_REFUNDED;
    struct observed seen = ticket_seen(&after_sales_time, &view);
    /* 2 h to the audit, 12 h after the buyer's parcel; the fraction is cut */
    assert_observed(&seen, at("05T00:00:00.999999"), JANUARY(5), 14 * 3600);
}

static void test_observe__handled__at_most_180_days_after_the_opening(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_REFUND, "02T10:00");
    view.processing = PROCESS_REFUNDED;
    view.processed = shifted(view.opened, 180 * 24 * US_PER_HOUR);
    struct observed seen = ticket_seen(&after_sales_time, &view);
    assert_observed(&seen, view.processed, JANUARY(2) + 180, 180 * 86400);
    view.processed = shifted(view.processed, 1);
    assert_int_equal(ticket_seen(&after_sales_time, &view).count, 0);
    struct measure any_time = after_sales_time;
    any_time.n = 0;
    seen = ticket_seen(&any_time, &view);
    assert_observed(&seen, view.processed, JANUARY(2) + 180, 180 * 86400);
}

static void test_observe__responses__each_reply_by_its_own_day(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        const char *at;
        int32_t value;
    } written[] = {
        {FACT_OPENED, "02T23:59:50", TICKET_CHAT},
        {FACT_REPLIED, "02T23:59:52", REPLIER_BOT},
        {FACT_REPLIED, "02T23:59:59.999999", REPLIER_HUMAN},
        {FACT_ASKED, "02T23:59:59.999999", 0},
        {FACT_ASKED, "03T00:00:10", 0},
        {FACT_REPLIED, "03T00:00:20", REPLIER_HUMAN},
        {FACT_REPLIED, "03T00:00:30", REPLIER_HUMAN}, /* answers nothing */
    };
    struct fact facts[sizeof written / sizeof written[0]];
    size_t count = sizeof facts / sizeof facts[0];
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g"};
    for (size_t i = 0; i < count; i++)
        facts[i] = (struct fact){.kind = written[i].kind,
                                 .at = at(written[i].at),
                                 .retracted_at = INSTANT_NEVER,
                                 .source = "desk",
                                 .id = ids[i],
                                 .value = written[i].value};
    struct ticket_view view = ticket_of(TICKET_CHAT, "02T23:59:50");
    view.facts = (struct facts){facts, count};
    struct observed seen = ticket_seen(&responses, &view);
    /* The ask at the instant of the first reply precedes it, so that the second reply answers the
     * ask of 00:00:10. */
    assert_int_equal(seen.count, 2);
    assert_instant(seen.items[0].at, at("02T23:59:59.999999"));
    assert_int_equal(seen.items[0].day, JANUARY(2));
    assert_int_equal(seen.items[0].valid, 1);
    assert_int_equal(seen.items[0].sum, 9);
    assert_instant(seen.items[1].at, at("03T00:00:20"));
    assert_int_equal(seen.items[1].day, JANUARY(3));
    assert_int_equal(seen.items[1].valid, 1);
    assert_int_equal(seen.items[1].sum, 10);

    /* each reply is suspended by itself */
    const struct interval holiday = {at("02T00:00").us, at("03T00:00").us};
    struct calendar calendar = shanghai.calendar;
    calendar.suspended_count = 1;
    calendar.suspended = &holiday;
    struct measure suspends = responses;
    suspends.suspends = true;
    seen = observed_ticket(&suspends, &calendar, &view);
    assert_observed(&seen, at("03T00:00:20"), JANUARY(3), 10);
}

/* --- ratings and closings --- */

static void test_observe__ticket_ratings__4_and_5_stars_are_good(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_EXCHANGE, "02T10:00");
    assert_int_equal(ticket_seen(&return_ratings, &view).count, 0);
    view.rated = at("06T00:00");
    for (view.stars = 1; view.stars <= 5; view.stars++) {
        struct observed seen = ticket_seen(&return_ratings, &view);
        assert_observed(&seen, at("06T00:00"), JANUARY(6), view.stars >= 4);
    }
    view.kind = TICKET_REFUND;
    assert_int_equal(ticket_seen(&return_ratings, &view).count, 0);
}

static void test_observe__closed_disputes__that_were_not_escalated_or_timed_out(void **state)
{
    (void)state;
    struct ticket_view view = ticket_of(TICKET_DISPUTE, "02T10:00");
    view.escalated = view.timed_out = at("03T10:00");
    assert_int_equal(ticket_seen(&self_resolved, &view).count, 0);
    assert_int_equal(ticket_seen(&timely, &view).count, 0);
    static const struct {
        const char *escalated, *timed_out;
        int64_t self_resolved, timely;
    } cases[] = {{NULL, NULL, 1, 1},
                 {"03T10:00", NULL, 0, 1},
                 {NULL, "03T10:00", 1, 0},
                 {"09T10:00", "09T10:00", 0, 0}}; /* after the closing, too */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int closing = CLOSE_NONE; closing <= CLOSE_SETTLED; closing++) {
            view.closed = at("07T00:00");
            view.closing = (enum close_outcome)closing;
            view.escalated = at(cases[i].escalated);
            view.timed_out = at(cases[i].timed_out);
            struct observed seen = ticket_seen(&self_resolved, &view);
            assert_observed(&seen, at("07T00:00"), JANUARY(7), cases[i].self_resolved);
            seen = ticket_seen(&timely, &view);
            assert_observed(&seen, at("07T00:00"), JANUARY(7), cases[i].timely);
        }
}

/* --- reviews --- */

static struct review_view review_of(const char *when)
{
    return (struct review_view){.known = true, .active = true, .at = at(when)};
}

static void test_observe__review_stars__of_the_aspect_that_is_rated(void **state)
{
    (void)state;
    struct review_view view = review_of("03T00:00");
    view.stars[ASPECT_LOGISTICS] = 1;
    assert_int_equal(review_seen(&product_stars, &view).count, 0);
    for (uint8_t stars = 1; stars <= 5; stars++) {
        view.stars[ASPECT_PRODUCT] = stars;
        struct observed seen = review_seen(&product_stars, &view);
        assert_observed(&seen, at("03T00:00"), JANUARY(3), stars);
    }
}

static void test_observe__review_ratings__one_star_of_the_aspect(void **state)
{
    (void)state;
    struct review_view view = review_of("02T23:59:59.999999");
    view.stars[ASPECT_PRODUCT] = 1;
    assert_int_equal(review_seen(&one_star_logistics, &view).count, 0);
    for (uint8_t stars = 1; stars <= 5; stars++) {
        view.stars[ASPECT_LOGISTICS] = stars;
        struct observed seen = review_seen(&one_star_logistics, &view);
        assert_observed(&seen, at("02T23:59:59.999999"), JANUARY(2), stars == 1);
    }
}

static void test_observe__reviews__inactive_or_crowded_out_are_nothing(void **state)
{
    (void)state;
    struct review_view view = review_of("02T10:00");
    view.stars[ASPECT_PRODUCT] = view.stars[ASPECT_LOGISTICS] = 1;
    assert_int_equal(review_seen(&product_stars, &view).count, 1);
    view.crowded_out = true;
    assert_int_equal(review_seen(&product_stars, &view).count, 0);
    assert_int_equal(review_seen(&one_star_logistics, &view).count, 0);
    view.crowded_out = false;
    view.active = false;
    assert_int_equal(review_seen(&product_stars, &view).count, 0);
    assert_int_equal(review_seen(&one_star_logistics, &view).count, 0);
}

/* --- whose measure it is; suspension --- */

static void test_observe__entities__only_the_measures_own(void **state)
{
    (void)state;
    struct review_view review = review_of("02T10:00");
    memset(review.stars, 5, sizeof review.stars);
    struct ticket_view ticket = ticket_of(TICKET_EXCHANGE, "02T10:00");
    ticket.rated = at("03T10:00");
    ticket.stars = 5;
    struct measure of_reviews = return_ratings, of_tickets = return_ratings;
    of_reviews.of = ENTITY_REVIEW;
    assert_int_equal(ticket_seen(&of_tickets, &ticket).count, 1);
    assert_int_equal(ticket_seen(&of_reviews, &ticket).count, 0);
    assert_int_equal(review_seen(&of_tickets, &review).count, 0);
    assert_int_equal(review_seen(&of_reviews, &review).count, 1);
}

static void test_observe__suspended_interval__removes_by_the_assigning_instant(void **state)
{
    (void)state;
    struct ticket_view ticket = ticket_of(TICKET_REFUND, "02T10:00");
    ticket.processed = at("04T10:00");
    ticket.processing = PROCESS_REFUNDED;
    ticket.rated = at("05T10:00");
    ticket.closed = at("06T10:00");
    struct review_view review = review_of("07T10:00");
    review.stars[ASPECT_PRODUCT] = 3;
    struct measure opened = returns, rated = return_ratings, closed = timely;
    opened.tickets = rated.tickets = closed.tickets = SET(REFUND);
    const struct {
        struct measure measure;
        int32_t day; /* suspended, and the one that matters */
    } cases[] = {{opened, 2}, {audits, 2}, {after_sales_time, 4},
                 {rated, 5},  {closed, 6}, {product_stars, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int32_t day = 1; day <= 8; day++) {
            const struct interval interval = {
                calendar_start(&shanghai.calendar, JANUARY(day)).us,
                calendar_end(&shanghai.calendar, JANUARY(day)).us,
            };
            struct calendar calendar = shanghai.calendar;
            calendar.suspended_count = 1;
            calendar.suspended = &interval;
            for (int suspends = 0; suspends <= 1; suspends++) {
                struct measure measure = cases[i].measure;
                measure.suspends = suspends == 1;
                size_t count = measure.of == ENTITY_REVIEW
                                   ? observed_review(&measure, &calendar, &review).count
                                   : observed_ticket(&measure, &calendar, &ticket).count;
                if (count != (suspends == 0 || day != cases[i].day))
                    fail_msg("case %zu, day %d: seen %zu times", i, (int)day, count);
            }
        }
}

static int set_up(void **state)
{
    (void)state;
    zone_fixed(&shanghai, 8 * 60);
    return 0;
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_observe__reply_within_3_hours__exactly_3_hours_is_in_time),
        unit(test_observe__audit_within_24_hours__exactly_24_hours_is_in_time),
        unit(test_observe__reply_within_30_seconds__exactly_30_seconds_is_in_time),
        unit(test_measure_is_pending__ticket__until_its_limit_unless_decided),
        unit(test_observe__kinds__only_those_of_the_measure),
        unit(test_observe__ticket_without_opening__is_nothing),
        unit(test_observe__opened_at_night__is_out_from_23_to_9),
        unit(test_observe__night_that_does_not_wrap__is_half_open_too),
        unit(test_observe__night__is_by_the_stores_wall_clock),
        unit(test_observe__left_messages_and_recontacts__are_out_where_the_measure_says),
        unit(test_observe__tickets_opened__by_the_openings_day),
        unit(test_observe__tickets_ruled__lost_disputes_by_the_rulings_day),
        unit(test_observe__handled__less_the_buyers_own_time_by_its_end),
        unit(test_observe__handled__at_most_180_days_after_the_opening),
        unit(test_observe__responses__each_reply_by_its_own_day),
        unit(test_observe__ticket_ratings__4_and_5_stars_are_good),
        unit(test_observe__closed_disputes__that_were_not_escalated_or_timed_out),
        unit(test_observe__review_stars__of_the_aspect_that_is_rated),
        unit(test_observe__review_ratings__one_star_of_the_aspect),
        unit(test_observe__reviews__inactive_or_crowded_out_are_nothing),
        unit(test_observe__entities__only_the_measures_own),
        unit(test_observe__suspended_interval__removes_by_the_assigning_instant),
    };
    return cmocka_run_group_tests_name("domain/measure_tickets", tests, set_up, NULL);
}
