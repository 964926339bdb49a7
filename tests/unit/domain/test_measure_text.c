#include "written.h"

#include "domain/measure.h"

#define CHATS                                                                                      \
    .of = ENTITY_TICKET, .milestone = MILESTONE_REPLIED, .limit = LIMIT_SECONDS,                   \
    .tickets = 1U << TICKET_CHAT
#define ALL_TICKETS (((1U << TICKET_KINDS) - 1) & ~1U)

/* The text identifies a measure in the database: two that differ have two texts, and a text never
 * changes. */
static const struct {
    struct measure measure;
    const char *text;
} cases[] = {
    {{.kind = MEASURE_ORDERS}, "orders"},
    {{.kind = MEASURE_ORDERS, .suspends = true}, "orders suspends"},
    {{.kind = MEASURE_UNITS, .milestone = MILESTONE_DELIVERED}, "units delivered"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_HOURS, .n = 24},
     "within collected hours 24"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_SECONDS, .n = 24},
     "within collected seconds 24"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_DAYS, .n = 24},
     "within collected days 24"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_DAYS},
     "within collected days 0"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_DELIVERED, .limit = LIMIT_DAYS, .n = 1},
     "within delivered days 1"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_COLLECTED, .limit = LIMIT_PROMISE},
     "within collected promise"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_SHIPPED, .limit = LIMIT_PROMISE},
     "within shipped promise"},
    {{.kind = MEASURE_WITHIN,
      .milestone = MILESTONE_SHIPPED,
      .limit = LIMIT_PROMISE,
      .suspends = true},
     "within shipped promise suspends"},
    {{.kind = MEASURE_WITHIN, .milestone = MILESTONE_DELIVERED, .limit = LIMIT_DELIVER_BY},
     "within delivered deliver_by"},
    {{.kind = MEASURE_DURATION, .milestone = MILESTONE_DELIVERED}, "duration delivered"},
    {{.kind = MEASURE_DURATION, .milestone = MILESTONE_COLLECTED}, "duration collected"},
    {{.kind = MEASURE_LEFT_OPEN,
      .milestone = MILESTONE_COLLECTED,
      .limit = LIMIT_HOURS,
      .n = INT32_MAX},
     "left_open collected hours 2147483647"},
    {{.kind = MEASURE_ORDERS_THAT, .test = TEST_CANCELLED}, "orders_that cancelled"},
    {{.kind = MEASURE_ORDERS_THAT, .test = TEST_TRACKED}, "orders_that tracked"},
    {{.kind = MEASURE_ORDERS_THAT, .test = TEST_DEFECT, .defects = DEFECT_DISPUTE},
     "orders_that defect dispute"},
    {{.kind = MEASURE_ORDERS_THAT,
      .test = TEST_DEFECT,
      .defects = DEFECT_DISPUTE | DEFECT_NEGATIVE_REVIEW},
     "orders_that defect negative_review dispute"},
    {{.kind = MEASURE_WITHIN, .n = 30, CHATS}, "within replied seconds 30 of chat"},
    {{.kind = MEASURE_WITHIN, .n = 180, CHATS}, "within replied seconds 180 of chat"},
    {{.kind = MEASURE_WITHIN, .n = 30, CHATS, .night_from = 1380, .night_to = 540},
     "within replied seconds 30 of chat no_night 1380 540"},
    {{.kind = MEASURE_WITHIN, .n = 30, CHATS, .night_from = 540, .night_to = 1380},
     "within replied seconds 30 of chat no_night 540 1380"},
    {{.kind = MEASURE_WITHIN, .n = 30, CHATS, .no_left_message = true},
     "within replied seconds 30 of chat no_left_message"},
    {{.kind = MEASURE_WITHIN, .n = 30, CHATS, .no_recontact = true},
     "within replied seconds 30 of chat no_recontact"},
    {{.kind = MEASURE_WITHIN,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_AUDITED,
      .limit = LIMIT_HOURS,
      .n = 24,
      .tickets = 1U << TICKET_RETURN | 1U << TICKET_REFUND},
     "within audited hours 24 of return refund"},
    {{.kind = MEASURE_DURATION,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_HANDLED,
      .n = 180,
      .tickets = 1U << TICKET_RESEND},
     "duration handled days 180 of resend"},
    {{.kind = MEASURE_DURATION,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_HANDLED,
      .tickets = 1U << TICKET_RESEND},
     "duration handled of resend"},
    {{.kind = MEASURE_TICKETS,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_OPENED,
      .tickets = 1U << TICKET_DISPUTE},
     "tickets opened of dispute"},
    {{.kind = MEASURE_TICKETS,
      .of = ENTITY_TICKET,
      .milestone = MILESTONE_RULED,
      .tickets = 1U << TICKET_DISPUTE},
     "tickets ruled of dispute"},
    {{.kind = MEASURE_RATED,
      .of = ENTITY_TICKET,
      .tickets = 1U << TICKET_REPAIR | 1U << TICKET_EXCHANGE,
      .low = 4,
      .high = 5},
     "rated 4 5 of exchange repair"},
    {{.kind = MEASURE_RATED, .of = ENTITY_REVIEW, .aspect = ASPECT_SERVICE, .low = 1, .high = 1},
     "rated 1 1 of service"},
    {{.kind = MEASURE_RATED, .of = ENTITY_REVIEW, .aspect = ASPECT_SERVICE, .low = 1, .high = 2},
     "rated 1 2 of service"},
    {{.kind = MEASURE_RATED, .of = ENTITY_REVIEW, .aspect = ASPECT_LOGISTICS, .low = 1, .high = 1},
     "rated 1 1 of logistics"},
    {{.kind = MEASURE_STARS, .of = ENTITY_REVIEW, .aspect = ASPECT_PRODUCT}, "stars of product"},
    {{.kind = MEASURE_CLOSED_THAT,
      .of = ENTITY_TICKET,
      .test = TEST_NOT_ESCALATED,
      .tickets = 1U << TICKET_DISPUTE},
     "closed_that not_escalated of dispute"},
    {{.kind = MEASURE_CLOSED_THAT,
      .of = ENTITY_TICKET,
      .test = TEST_NOT_TIMED_OUT,
      .tickets = 1U << TICKET_DISPUTE},
     "closed_that not_timed_out of dispute"},
    {{.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = 1U << TICKET_CHAT},
     "responses of chat"},
    {{.kind = MEASURE_RESPONSES, .of = ENTITY_TICKET, .tickets = 1U << TICKET_WORK_ORDER},
     "responses of work_order"},
};
#define CASES (sizeof cases / sizeof cases[0])

static void test_measure_format__measures__have_one_text_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        char text[MEASURE_TEXT_SIZE];
        measure_format(&cases[i].measure, text);
        assert_string_equal(text, cases[i].text);
        for (size_t k = 0; k < CASES; k++)
            if (measure_equal(&cases[i].measure, &cases[k].measure) != (i == k))
                fail_msg("%s, %s", cases[i].text, cases[k].text);
    }
}

/* Where a member does not matter, whatever stands in it makes no other measure; where it does, a
 * change makes another one, by text and by comparison alike. */
static void test_measure_equal__any_member_changed__agrees_with_the_text(void **state)
{
    (void)state;
    size_t same = 0, different = 0;
    for (size_t i = 0; i < CASES; i++) {
        const struct measure *from = &cases[i].measure;
        struct measure changed[14];
        size_t count = 0;
        for (; count < sizeof changed / sizeof changed[0]; count++)
            changed[count] = *from;
        changed[0].milestone =
            from->milestone == MILESTONE_RULED ? MILESTONE_OPENED : from->milestone + 1;
        changed[1].limit = from->limit == LIMIT_HOURS ? LIMIT_DAYS : LIMIT_HOURS;
        changed[2].n ^= 1;
        changed[3].test = from->test == TEST_TRACKED ? TEST_CANCELLED : TEST_TRACKED;
        changed[4].defects ^= DEFECT_NEGATIVE_REVIEW;
        changed[5].tickets ^= 1U << TICKET_EXCHANGE;
        changed[6].aspect = from->aspect == ASPECT_PRODUCT ? ASPECT_COURIER : ASPECT_PRODUCT;
        changed[7].low++;
        changed[8].high++;
        changed[9].night_from++;
        changed[10].night_to++;
        changed[11].no_left_message = !from->no_left_message;
        changed[12].no_recontact = !from->no_recontact;
        changed[13].suspends = !from->suspends;
        for (size_t c = 0; c < count; c++) {
            char text[MEASURE_TEXT_SIZE];
            measure_format(&changed[c], text);
            bool equal = strcmp(text, cases[i].text) == 0;
            if (measure_equal(from, &changed[c]) != equal ||
                measure_equal(&changed[c], from) != equal)
                fail_msg("%s, member %zu: %s", cases[i].text, c, text);
            *(equal ? &same : &different) += 1;
        }
        assert_false(measure_equal(from, &changed[13]));
    }
    assert_true(same > 0);
    assert_true(different > 0);
}

static void test_measure_equal__members_that_do_not_matter__are_not_looked_at(void **state)
{
    (void)state;
    const struct measure promise = {.kind = MEASURE_WITHIN, .limit = LIMIT_PROMISE};
    struct measure other = promise;
    other.n = 7;
    other.test = TEST_TRACKED;
    other.defects = DEFECT_DISPUTE;
    other.tickets = ALL_TICKETS;
    other.aspect = ASPECT_COURIER;
    other.low = other.high = 3;
    other.night_to = 540;
    other.no_left_message = other.no_recontact = true;
    assert_true(measure_equal(&promise, &other));
    /* no night is no night wherever it lies */
    const struct measure chats = {.kind = MEASURE_WITHIN, .n = 30, CHATS};
    struct measure nightless = chats;
    nightless.night_from = nightless.night_to = 540;
    assert_true(measure_equal(&chats, &nightless));
    /* every ticket has a kind */
    struct measure of_none = chats;
    of_none.tickets |= 1U << TICKET_NONE;
    assert_true(measure_equal(&chats, &of_none));
}

static void test_measure_format__longest_definition__fits(void **state)
{
    (void)state;
    const struct measure longest = {.kind = MEASURE_WITHIN,
                                    .of = ENTITY_TICKET,
                                    .milestone = MILESTONE_COLLECTED,
                                    .limit = LIMIT_SECONDS,
                                    .n = INT32_MIN,
                                    .tickets = ALL_TICKETS,
                                    .night_from = INT16_MIN,
                                    .night_to = INT16_MIN + 1,
                                    .no_left_message = true,
                                    .no_recontact = true,
                                    .suspends = true};
    char text[MEASURE_TEXT_SIZE];
    measure_format(&longest, text);
    assert_string_equal(text,
                        "within collected seconds -2147483648 of return exchange repair refund "
                        "resend work_order chat dispute no_night -32768 -32767 "
                        "no_left_message no_recontact suspends");
}

static void test_measure_is_share__kinds__those_that_count_good_ones(void **state)
{
    (void)state;
    static const bool shares[] = {[MEASURE_WITHIN] = true,
                                  [MEASURE_ORDERS_THAT] = true,
                                  [MEASURE_RATED] = true,
                                  [MEASURE_CLOSED_THAT] = true,
                                  [MEASURE_RESPONSES] = false};
    for (int kind = MEASURE_ORDERS; kind <= MEASURE_RESPONSES; kind++) {
        const struct measure measure = {.kind = (enum measure_kind)kind};
        assert_int_equal(measure_is_share(&measure), shares[kind]);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_measure_format__measures__have_one_text_each),
        unit(test_measure_equal__any_member_changed__agrees_with_the_text),
        unit(test_measure_equal__members_that_do_not_matter__are_not_looked_at),
        unit(test_measure_format__longest_definition__fits),
        unit(test_measure_is_share__kinds__those_that_count_good_ones),
    };
    return cmocka_run_group_tests_name("domain/measure_text", tests, NULL, NULL);
}
