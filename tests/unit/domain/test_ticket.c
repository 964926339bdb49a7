#include "written.h"

#include "domain/ticket.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define EVENTS(...) ((const char *const[WRITTEN_FACTS]){__VA_ARGS__})
#define HOUR US_PER_HOUR

static struct ticket_view view_of(struct written_ticket *written, const char *t,
                                  const char *const events[WRITTEN_FACTS])
{
    write_ticket(written, events);
    return ticket_at(&written->ticket, at(t));
}

/* --- the opening --- */

static void test_ticket_at__opened__gives_the_attributes(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written, EVENTS("02T10:00 opened chat order=A1 buyer=B1 left_message "
                                  "retracted=02T15:00",
                                  "02T11:00 opened work_order order=A2 buyer=B2"));
    struct ticket_view view = ticket_at(&written.ticket, at("02T09:59:59.999999"));
    assert_false(view.opened_known);
    assert_instant(view.opened, INSTANT_NEVER);

    view = ticket_at(&written.ticket, at("02T14:59:59.999999"));
    assert_true(view.opened_known);
    assert_instant(view.opened, at("02T10:00"));
    assert_int_equal(view.kind, TICKET_CHAT);
    assert_string_equal(view.order, "A1");
    assert_string_equal(view.buyer, "B1");
    assert_true(view.left_message);
    assert_false(view.recontact);

    view = ticket_at(&written.ticket, at("02T15:00"));
    assert_instant(view.opened, at("02T11:00"));
    assert_int_equal(view.kind, TICKET_WORK_ORDER);
    assert_string_equal(view.buyer, "B2");
    assert_false(view.left_message);
}

static void test_ticket_at__events_before_the_opening__read_as_at_it(void **state)
{
    (void)state;
    struct written_ticket written;
    struct ticket_view view = view_of(
        &written, NULL,
        EVENTS("02T10:00 opened return", "02T09:00 replied human", "02T09:01 audited approved",
               "02T09:02 buyer_shipped", "02T09:03 received", "02T09:04 processed refunded",
               "02T09:05 escalated", "02T09:06 ruled both", "02T09:07 timed_out reply",
               "02T09:08 closed done", "02T09:09 rated stars=4"));
    struct instant opened = at("02T10:00");
    assert_instant(view.replied, opened);
    assert_instant(view.audited, opened);
    assert_instant(view.approved, opened);
    assert_instant(view.buyer_shipped, opened);
    assert_instant(view.received, opened);
    assert_instant(view.processed, opened);
    assert_instant(view.escalated, opened);
    assert_instant(view.ruled, opened);
    assert_instant(view.timed_out, opened);
    assert_instant(view.closed, opened);
    assert_instant(view.rated, opened);

    /* A ticket whose opening is unknown is in no count. */
    view = view_of(&written, NULL, EVENTS("02T09:00 replied human", "02T09:08 closed done"));
    assert_false(view.opened_known);
    assert_instant(view.opened, INSTANT_NEVER);
    view = view_of(&written, "02T09:30", EVENTS("02T10:00 opened return", "02T09:08 closed done"));
    assert_false(view.opened_known);
}

static void test_ticket_at__nothing_known__never_happened(void **state)
{
    (void)state;
    struct written_ticket written;
    struct ticket_view view = view_of(&written, NULL, EVENTS("02T10:00 opened dispute"));
    const struct instant instants[] = {view.replied,       view.audited,  view.approved,
                                       view.buyer_shipped, view.received, view.processed,
                                       view.escalated,     view.ruled,    view.timed_out,
                                       view.closed,        view.rated};
    for (size_t i = 0; i < LENGTH(instants); i++)
        assert_instant(instants[i], INSTANT_NEVER);
    assert_false(view.rejected);
    assert_int_equal(view.processing, PROCESS_NONE);
    assert_int_equal(view.liability, LIABLE_NOT_STATED);
    assert_false(view.appeal_won);
    assert_int_equal(view.closing, CLOSE_NONE);
    assert_int_equal(view.stars, 0);
    assert_null(view.buyer);
    assert_null(view.order);
}

/* --- set once --- */

static void test_ticket_at__replied__is_the_first_human_reply(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written, EVENTS("02T10:00 opened chat", "02T10:01 replied bot",
                                  "02T10:03 replied human retracted=02T12:00",
                                  "02T10:05 replied", /* by is not stated: human */
                                  "02T10:07 replied human"));
    assert_instant(ticket_at(&written.ticket, at("02T10:02:59.999999")).replied, INSTANT_NEVER);
    assert_instant(ticket_at(&written.ticket, at("02T10:03")).replied, at("02T10:03"));
    assert_instant(ticket_at(&written.ticket, at("02T11:59:59.999999")).replied, at("02T10:03"));
    assert_instant(ticket_at(&written.ticket, at("02T12:00")).replied, at("02T10:05"));
}

static void test_ticket_at__set_once__the_earliest_holds(void **state)
{
    (void)state;
    struct written_ticket written;
    struct ticket_view view = view_of(
        &written, NULL,
        EVENTS("02T10:00 opened return", "03T11:00 buyer_shipped", "03T10:00 buyer_shipped",
               "04T11:00 received", "04T10:00 received", "05T11:00 escalated", "05T10:00 escalated",
               "06T11:00 timed_out reply", "06T10:00 timed_out execution",
               "07T10:00 processed refunded", "07T09:00 processed resent"));
    assert_instant(view.buyer_shipped, at("03T10:00"));
    assert_instant(view.received, at("04T10:00"));
    assert_instant(view.escalated, at("05T10:00"));
    assert_instant(view.timed_out, at("06T10:00"));
    assert_instant(view.processed, at("07T09:00"));
}

/* --- registers --- */

static void test_ticket_at__audit__first_instant_and_latest_outcome(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written, EVENTS("02T10:00 opened return", "02T11:00 audited rejected",
                                  "02T12:00 audited approved",
                                  "02T13:00 audited rejected retracted=02T15:00"));
    static const struct {
        const char *t, *audited, *approved;
        bool rejected;
    } cases[] = {
        {"02T10:59:59.999999", NULL, NULL, false},
        {"02T11:00", "02T11:00", NULL, true},
        {"02T11:59:59.999999", "02T11:00", NULL, true},
        {"02T12:00", "02T11:00", "02T12:00", false},
        {"02T13:00", "02T11:00", "02T12:00", true},
        {"02T14:59:59.999999", "02T11:00", "02T12:00", true},
        {"02T15:00", "02T11:00", "02T12:00", false}, /* the retraction brings the earlier back */
        {NULL, "02T11:00", "02T12:00", false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct ticket_view view = ticket_at(&written.ticket, at(cases[i].t));
        assert_instant(view.audited, at(cases[i].audited));
        assert_instant(view.approved, at(cases[i].approved));
        assert_int_equal(view.rejected, cases[i].rejected);
    }
    /* An audit that states no outcome is an audit, and neither. */
    struct ticket_view view =
        view_of(&written, NULL,
                EVENTS("02T10:00 opened return", "02T11:00 audited rejected", "02T12:00 audited"));
    assert_instant(view.audited, at("02T11:00"));
    assert_instant(view.approved, INSTANT_NEVER);
    assert_false(view.rejected);
}

static void test_ticket_at__registers__the_later_value_holds(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written,
                 EVENTS("02T10:00 opened dispute", "03T10:00 processed refunded",
                        "04T10:00 processed repaired retracted=10T10:00", "03T10:00 ruled merchant",
                        "04T10:00 ruled buyer retracted=10T10:00", "03T10:00 appealed lost",
                        "04T10:00 appealed won retracted=10T10:00", "03T10:00 rated stars=2",
                        "04T10:00 rated stars=5 retracted=10T10:00"));
    static const struct {
        const char *t, *since;
        enum process_outcome processing;
        enum liability liability;
        bool won;
        int32_t stars;
    } cases[] = {
        {"03T09:59:59.999999", NULL, PROCESS_NONE, LIABLE_NOT_STATED, false, 0},
        {"03T10:00", "03T10:00", PROCESS_REFUNDED, LIABLE_MERCHANT, false, 2},
        {"04T09:59:59.999999", "03T10:00", PROCESS_REFUNDED, LIABLE_MERCHANT, false, 2},
        {"04T10:00", "04T10:00", PROCESS_REPAIRED, LIABLE_BUYER, true, 5},
        {"10T09:59:59.999999", "04T10:00", PROCESS_REPAIRED, LIABLE_BUYER, true, 5},
        {"10T10:00", "03T10:00", PROCESS_REFUNDED, LIABLE_MERCHANT, false, 2},
        {NULL, "03T10:00", PROCESS_REFUNDED, LIABLE_MERCHANT, false, 2},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct ticket_view view = ticket_at(&written.ticket, at(cases[i].t));
        assert_int_equal(view.processing, cases[i].processing);
        assert_instant(view.ruled, at(cases[i].since));
        assert_int_equal(view.liability, cases[i].liability);
        assert_int_equal(view.appeal_won, cases[i].won);
        assert_instant(view.rated, at(cases[i].since));
        assert_int_equal(view.stars, cases[i].stars);
    }
    /* The first processing stays the ticket's; the later one gives the outcome only. */
    assert_instant(ticket_at(&written.ticket, at("05T10:00")).processed, at("03T10:00"));
}

static void test_ticket_at__closing_and_reopening__are_one_register(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        const char *t;
        const char *closed;
        enum close_outcome closing;
    } cases[] = {
        {"closed", {"02T10:00 opened chat", "02T11:00 closed done"}, NULL, "02T11:00", CLOSE_DONE},
        {"before it",
         {"02T10:00 opened chat", "02T11:00 closed done"},
         "02T10:59:59.999999",
         NULL,
         CLOSE_NONE},
        {"at it",
         {"02T10:00 opened chat", "02T11:00 closed done"},
         "02T11:00",
         "02T11:00",
         CLOSE_DONE},
        {"no outcome stated",
         {"02T10:00 opened chat", "02T11:00 closed"},
         NULL,
         "02T11:00",
         CLOSE_NONE},
        {"closed twice: the later",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T12:00 closed forced"},
         NULL,
         "02T12:00",
         CLOSE_FORCED},
        {"re-opened",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T11:00:00.000001 reopened"},
         NULL,
         NULL,
         CLOSE_NONE},
        {"before the re-opening",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T12:00 reopened"},
         "02T11:59:59.999999",
         "02T11:00",
         CLOSE_DONE},
        {"re-opened and closed again",
         {"02T10:00 opened chat", "02T11:00 closed cancelled", "02T12:00 reopened",
          "02T13:00 closed settled"},
         NULL,
         "02T13:00",
         CLOSE_SETTLED},
        {"closed twice, re-opened once: open",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T12:00 closed done",
          "02T13:00 reopened"},
         NULL,
         NULL,
         CLOSE_NONE},
        {"a tie: closed, whatever the ids say",
         {"02T10:00 opened chat", "02T11:00 closed done id=1", "02T11:00 reopened id=2"},
         NULL,
         "02T11:00",
         CLOSE_DONE},
        {"a tie, the other way",
         {"02T10:00 opened chat", "02T11:00 closed done id=2", "02T11:00 reopened id=1"},
         NULL,
         "02T11:00",
         CLOSE_DONE},
        {"both before the opening are a tie at it",
         {"02T10:00 opened chat", "02T08:00 closed done", "02T09:00 reopened"},
         NULL,
         "02T10:00",
         CLOSE_DONE},
        {"the re-opening is retracted: closed again, since its closing",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T12:00 reopened retracted=02T15:00"},
         "02T15:00",
         "02T11:00",
         CLOSE_DONE},
        {"the second closing is retracted: the first one's place is re-opened",
         {"02T10:00 opened chat", "02T11:00 closed done", "02T12:00 reopened",
          "02T13:00 closed forced retracted=02T15:00"},
         "02T15:00",
         NULL,
         CLOSE_NONE},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        struct written_ticket written;
        struct ticket_view view = view_of(&written, cases[i].t, cases[i].events);
        assert_instant(view.closed, at(cases[i].closed));
        assert_int_equal(view.closing, cases[i].closing);
    }
}

static void test_ticket_at__order_of_arrival__does_not_matter(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written,
                 EVENTS("02T10:00 opened return buyer=B1", "02T10:00 opened chat buyer=B2",
                        "02T11:00 replied bot", "02T11:00 replied human",
                        "02T12:00 audited rejected", "02T12:00 audited approved",
                        "02T13:00 closed cancelled", "02T13:00 reopened", "02T14:00 rated stars=2",
                        "02T14:00 rated stars=4", "02T14:00 rated stars=5 retracted=02T16:00",
                        "02T09:00 escalated"));
    uint64_t random = 1;
    for (int i = 0; i < 500; i++) {
        written_rearrive(&written.written, &random);
        struct ticket_view view = ticket_at(&written.ticket, at("02T15:00"));
        assert_int_equal(view.kind, TICKET_RETURN);
        assert_string_equal(view.buyer, "B1");
        assert_instant(view.replied, at("02T11:00"));
        assert_false(view.rejected);
        assert_instant(view.closed, at("02T13:00"));
        assert_int_equal(view.stars, 5);
        assert_instant(view.escalated, at("02T10:00"));
        assert_int_equal(ticket_at(&written.ticket, at("02T16:00")).stars, 4);
    }
}

/* --- A1: how long after-sales took the merchant --- */

static void test_ticket_handled__ends_and_the_buyers_own_time(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        const char *end; /* NULL: it is not counted */
        int64_t us;
    } cases[] = {
        {"processed",
         {"02T10:00 opened refund", "02T13:00 processed refunded"},
         "02T13:00",
         3 * HOUR},
        {"to the microsecond",
         {"02T10:00 opened refund", "02T10:00:01.000001 processed refunded"},
         "02T10:00:01.000001",
         US_PER_SECOND + 1},
        {"the first processing ends it",
         {"02T10:00 opened refund", "02T13:00 processed refunded",
          "02T15:00 processed compensated"},
         "02T13:00",
         3 * HOUR},
        {"not processed yet", {"02T10:00 opened refund", "02T11:00 audited approved"}, NULL, 0},
        {"never opened", {"02T13:00 processed refunded"}, NULL, 0},
        {"processed before the opening: nothing",
         {"02T10:00 opened refund", "02T09:00 processed refunded"},
         "02T10:00",
         0},

        {"rejected: the first audit",
         {"02T10:00 opened return", "02T12:00 audited rejected"},
         "02T12:00",
         2 * HOUR},
        {"rejected after an approval: the first audit still",
         {"02T10:00 opened return", "02T12:00 audited approved", "02T14:00 audited rejected"},
         "02T12:00",
         2 * HOUR},
        {"rejected, and processed nevertheless",
         {"02T10:00 opened refund", "02T12:00 audited rejected", "02T15:00 processed refunded"},
         "02T12:00",
         2 * HOUR},
        {"approved after a rejection: the processing",
         {"02T10:00 opened refund", "02T12:00 audited rejected", "02T14:00 audited approved",
          "02T18:00 processed refunded"},
         "02T18:00",
         8 * HOUR},

        {"cancelled after an audit: the first audit",
         {"02T10:00 opened return", "02T12:00 audited approved", "03T10:00 closed cancelled"},
         "02T12:00",
         2 * HOUR},
        {"cancelled at the audit: it is there",
         {"02T10:00 opened return", "02T12:00 audited approved", "02T12:00 closed cancelled"},
         "02T12:00",
         2 * HOUR},
        {"cancelled a microsecond before the audit: out",
         {"02T10:00 opened return", "02T12:00 audited approved",
          "02T11:59:59.999999 closed cancelled"},
         NULL,
         0},
        {"cancelled before an audit, processed later: out",
         {"02T10:00 opened refund", "02T11:00 closed cancelled", "02T12:00 processed refunded"},
         NULL,
         0},
        {"cancelled and re-opened: as if not cancelled",
         {"02T10:00 opened refund", "02T11:00 closed cancelled", "02T11:30 reopened",
          "02T12:00 processed refunded"},
         "02T12:00",
         2 * HOUR},

        {"forced: out",
         {"02T10:00 opened refund", "02T12:00 processed refunded", "02T13:00 closed forced"},
         NULL,
         0},
        {"forced, though rejected: out",
         {"02T10:00 opened refund", "02T12:00 audited rejected", "02T13:00 closed forced"},
         NULL,
         0},
        {"forced and re-opened: back",
         {"02T10:00 opened refund", "02T12:00 processed refunded", "02T13:00 closed forced",
          "02T14:00 reopened"},
         "02T12:00",
         2 * HOUR},
        {"closed as done or settled changes nothing",
         {"02T10:00 opened refund", "02T12:00 processed refunded", "02T13:00 closed settled"},
         "02T12:00",
         2 * HOUR},
        {"repaired: out", {"02T10:00 opened repair", "02T12:00 processed repaired"}, NULL, 0},
        {"repaired at last: out",
         {"02T10:00 opened repair", "02T12:00 processed exchanged", "02T13:00 processed repaired"},
         NULL,
         0},
        {"a repair that became an exchange",
         {"02T10:00 opened repair", "02T12:00 processed repaired", "02T13:00 processed exchanged"},
         "02T12:00",
         2 * HOUR},

        {"the buyer's own time is off",
         {"02T10:00 opened return", "02T12:00 audited approved", "04T12:00 buyer_shipped",
          "05T15:00 processed refunded"},
         "05T15:00",
         (2 + 27) * HOUR},
        {"from the first approved audit, not the first audit",
         {"02T10:00 opened return", "02T12:00 audited rejected", "02T13:00 audited approved",
          "02T14:00 audited approved", "02T17:00 buyer_shipped", "02T20:00 processed refunded"},
         "02T20:00",
         (3 + 3) * HOUR},
        {"only the part before the end",
         {"02T10:00 opened return", "02T12:00 audited approved", "04T12:00 buyer_shipped",
          "02T15:00 processed refunded"},
         "02T15:00",
         2 * HOUR},
        {"approved after the end: nothing is off",
         {"02T10:00 opened return", "02T12:00 processed refunded", "02T13:00 audited approved",
          "02T14:00 buyer_shipped"},
         "02T12:00",
         2 * HOUR},
        {"shipped before the approval: nothing is off",
         {"02T10:00 opened return", "02T12:00 buyer_shipped", "02T13:00 audited approved",
          "02T15:00 processed refunded"},
         "02T15:00",
         5 * HOUR},
        {"all of it is the buyer's: nothing is left",
         {"02T10:00 opened return", "02T09:00 audited approved", "02T12:00 buyer_shipped",
          "02T12:00 processed refunded"},
         "02T12:00",
         0},
        {"shipped without an approval",
         {"02T10:00 opened return", "02T12:00 buyer_shipped", "02T15:00 processed refunded"},
         "02T15:00",
         5 * HOUR},
        {"a refund's buyer may ship, too",
         {"02T10:00 opened refund", "02T11:00 audited approved", "02T13:00 buyer_shipped",
          "02T15:00 processed refunded"},
         "02T15:00",
         3 * HOUR},

        {"the buyer of a return never shipped: out",
         {"02T10:00 opened return", "02T12:00 audited approved", "05T15:00 processed refunded"},
         NULL,
         0},
        {"of an exchange",
         {"02T10:00 opened exchange", "02T12:00 audited approved", "05T15:00 processed exchanged"},
         NULL,
         0},
        {"of a repair: it may come to the buyer",
         {"02T10:00 opened repair", "02T12:00 audited approved", "02T15:00 processed resent"},
         "02T15:00",
         5 * HOUR},
        {"of a refund: there is nothing to ship",
         {"02T10:00 opened refund", "02T12:00 audited approved", "02T15:00 processed refunded"},
         "02T15:00",
         5 * HOUR},
        {"of a resend",
         {"02T10:00 opened resend", "02T12:00 audited approved", "02T15:00 processed resent"},
         "02T15:00",
         5 * HOUR},
        {"of a return that was never audited",
         {"02T10:00 opened return", "02T15:00 processed refunded"},
         "02T15:00",
         5 * HOUR},
        {"of a return that was rejected in the end",
         {"02T10:00 opened return", "02T12:00 audited approved", "02T13:00 audited rejected",
          "02T15:00 processed refunded"},
         "02T12:00",
         2 * HOUR},

        {"no kind of after-sales: work order",
         {"02T10:00 opened work_order", "02T12:00 processed compensated"},
         NULL,
         0},
        {"chat", {"02T10:00 opened chat", "02T12:00 processed compensated"}, NULL, 0},
        {"dispute", {"02T10:00 opened dispute", "02T12:00 processed compensated"}, NULL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        struct written_ticket written;
        struct ticket_view view = view_of(&written, NULL, cases[i].events);
        struct instant end = INSTANT_NEVER;
        int64_t us = 0;
        bool handled = ticket_handled(&view, &end, &us);
        assert_int_equal(handled, cases[i].end != NULL);
        assert_instant(end, at(cases[i].end));
        assert_int_equal(us, cases[i].us);
    }
}

/* As of an instant: what came later is not there yet. */
static void test_ticket_handled__an_instant__sees_the_facts_up_to_it(void **state)
{
    (void)state;
    struct written_ticket written;
    write_ticket(&written,
                 EVENTS("02T10:00 opened return", "02T12:00 audited approved",
                        "04T12:00 buyer_shipped", "05T15:00 processed refunded",
                        "06T00:00 audited rejected retracted=08T00:00", "07T00:00 closed forced"));
    static const struct {
        const char *t, *end;
        int64_t us;
    } cases[] = {
        {"05T14:59:59.999999", NULL, 0},
        {"05T15:00", "05T15:00", 29 * HOUR},
        {"06T00:00", "02T12:00", 2 * HOUR},
        {"06T23:59:59.999999", "02T12:00", 2 * HOUR},
        {"07T00:00", NULL, 0},
        {"08T00:00", NULL, 0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct ticket_view view = ticket_at(&written.ticket, at(cases[i].t));
        struct instant end = INSTANT_NEVER;
        int64_t us = 0;
        assert_int_equal(ticket_handled(&view, &end, &us), cases[i].end != NULL);
        assert_instant(end, at(cases[i].end));
        assert_int_equal(us, cases[i].us);
    }
}

/* --- C2: how long the buyer waited --- */

struct taken {
    size_t count;
    struct instant asked[WRITTEN_FACTS], replied[WRITTEN_FACTS];
};

static void take(void *arg, struct instant asked, struct instant replied)
{
    struct taken *taken = arg;
    assert_true(taken->count < WRITTEN_FACTS);
    taken->asked[taken->count] = asked;
    taken->replied[taken->count++] = replied;
}

static void test_ticket_responses__each_reply_to_the_earliest_unanswered_ask(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *events[WRITTEN_FACTS];
        const char *t;
        const char *asked_replied[WRITTEN_FACTS]; /* in turn */
    } cases[] = {
        {"the opening is the first ask",
         {"02T10:00 opened chat", "02T10:00:30 replied"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"of several asks the earliest",
         {"02T10:00 opened chat", "02T10:00:10 asked", "02T10:00:20 asked", "02T10:00:30 replied"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"each round for itself",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:01 asked", "02T10:01:10 asked",
          "02T10:01:50 replied"},
         NULL,
         {"02T10:00", "02T10:00:30", "02T10:01", "02T10:01:50"}},
        {"a second reply in a row answers nothing",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:00:40 replied"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"a bot answers nothing",
         {"02T10:00 opened chat", "02T10:00:01 replied bot", "02T10:00:30 replied human"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"no reply", {"02T10:00 opened chat", "02T10:01 asked"}, NULL, {NULL}},
        {"unanswered in the end",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:01 asked"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"at one instant the ask precedes, whatever the ids say",
         {"02T10:00 opened chat", "02T10:00:30 replied id=1", "02T10:01 replied id=2",
          "02T10:01 asked id=3"},
         NULL,
         {"02T10:00", "02T10:00:30", "02T10:01", "02T10:01"}},
        {"two replies at one instant are one answer",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:00:30 replied"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"an ask between two replies of one instant is answered with the first",
         {"02T10:00 opened chat", "02T10:00:30 replied id=1", "02T10:00:30 asked id=2",
          "02T10:00:30 replied id=3"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"a reply at the opening",
         {"02T10:00 opened chat", "02T10:00 replied id=0"},
         NULL,
         {"02T10:00", "02T10:00"}},
        {"before the opening all reads as at it",
         {"02T10:00 opened chat", "02T09:00 replied", "02T09:30 asked", "02T09:40 replied",
          "02T10:01 asked", "02T10:02 replied"},
         NULL,
         {"02T10:00", "02T10:00", "02T10:01", "02T10:02"}},
        {"up to an instant",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:01 asked", "02T10:02 replied"},
         "02T10:01:59.999999",
         {"02T10:00", "02T10:00:30"}},
        {"a retracted reply leaves the ask to the next one",
         {"02T10:00 opened chat", "02T10:00:30 replied retracted=02T11:00", "02T10:01 asked",
          "02T10:02 replied"},
         "02T11:00",
         {"02T10:00", "02T10:02"}},
        {"a retracted ask",
         {"02T10:00 opened chat", "02T10:00:30 replied", "02T10:01 asked retracted=02T11:00",
          "02T10:02 replied"},
         NULL,
         {"02T10:00", "02T10:00:30"}},
        {"over closing and re-opening",
         {"02T10:00 opened chat", "02T10:01 closed done", "02T10:02 reopened", "02T10:03 replied"},
         NULL,
         {"02T10:00", "02T10:03"}},
        {"never opened", {"02T10:01 asked", "02T10:02 replied"}, NULL, {NULL}},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        struct written_ticket written;
        struct ticket_view view = view_of(&written, cases[i].t, cases[i].events);
        struct taken taken = {.count = 0};
        ticket_responses(&view, take, &taken);
        size_t expected = 0;
        for (; cases[i].asked_replied[2 * expected] != NULL; expected++) {
            assert_true(expected < taken.count);
            assert_instant(taken.asked[expected], at(cases[i].asked_replied[2 * expected]));
            assert_instant(taken.replied[expected], at(cases[i].asked_replied[2 * expected + 1]));
        }
        assert_int_equal(taken.count, expected);
    }
}

/* --- disputes --- */

static void test_ticket_is_lost_dispute_and_defect__liability_appeal_and_closing(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        bool lost, defect;
    } cases[] = {
        {{"02T10:00 opened dispute"}, false, true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant"}, true, true},
        {{"02T10:00 opened dispute", "03T10:00 ruled both"}, true, true},
        {{"02T10:00 opened dispute", "03T10:00 ruled buyer"}, false, false},
        {{"02T10:00 opened dispute", "03T10:00 ruled none"}, false, false},
        {{"02T10:00 opened dispute", "03T10:00 ruled buyer", "04T10:00 ruled merchant"},
         true,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 ruled buyer"},
         false,
         false},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 appealed won"},
         false,
         false},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 appealed lost"},
         true,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 appealed won",
          "05T10:00 appealed lost"},
         true,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 closed settled"},
         false,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 closed settled",
          "05T10:00 reopened"},
         true,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 closed done"},
         true,
         true},
        {{"02T10:00 opened dispute", "03T10:00 ruled merchant", "04T10:00 closed cancelled"},
         true,
         false},
        {{"02T10:00 opened dispute", "04T10:00 closed cancelled"}, false, false},
        {{"02T10:00 opened dispute", "04T10:00 closed cancelled", "05T10:00 reopened"},
         false,
         true},
        {{"02T10:00 opened work_order", "03T10:00 ruled merchant"}, false, false},
        {{"03T10:00 ruled merchant"}, false, false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        size_t last = 0;
        while (cases[i].events[last + 1] != NULL)
            last++;
        print_message("%zu: …, %s\n", i, cases[i].events[last]);
        struct written_ticket written;
        struct ticket_view view = view_of(&written, NULL, cases[i].events);
        assert_int_equal(ticket_is_lost_dispute(&view), cases[i].lost);
        assert_int_equal(ticket_is_defect(&view), cases[i].defect);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_ticket_at__opened__gives_the_attributes),
        unit(test_ticket_at__events_before_the_opening__read_as_at_it),
        unit(test_ticket_at__nothing_known__never_happened),
        unit(test_ticket_at__replied__is_the_first_human_reply),
        unit(test_ticket_at__set_once__the_earliest_holds),
        unit(test_ticket_at__audit__first_instant_and_latest_outcome),
        unit(test_ticket_at__registers__the_later_value_holds),
        unit(test_ticket_at__closing_and_reopening__are_one_register),
        unit(test_ticket_at__order_of_arrival__does_not_matter),
        unit(test_ticket_handled__ends_and_the_buyers_own_time),
        unit(test_ticket_handled__an_instant__sees_the_facts_up_to_it),
        unit(test_ticket_responses__each_reply_to_the_earliest_unanswered_ask),
        unit(test_ticket_is_lost_dispute_and_defect__liability_appeal_and_closing),
    };
    return cmocka_run_group_tests_name("domain/ticket", tests, NULL, NULL);
}
