#include "written.h"

#define EVENTS(...) ((const char *const[WRITTEN_FACTS]){__VA_ARGS__})

static void test_fact_compare__facts__are_ordered_by_time_source_id(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        const char *source, *id;
    } ascending[] = {
        {1, "z", "z"}, {2, "B", "z"}, {2, "a", "1"}, {2, "a", "10"},
        {2, "a", "2"}, {2, "aa", ""}, {2, "é", "0"}, {3, "", ""},
    };
    size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            struct fact a = {
                .at = {ascending[i].at}, .source = ascending[i].source, .id = ascending[i].id};
            struct fact b = {
                .at = {ascending[k].at}, .source = ascending[k].source, .id = ascending[k].id};
            int sign = fact_compare(&a, &b);
            assert_int_equal((sign > 0) - (sign < 0), (i > k) - (i < k));
        }
}

static void test_fact_visible__from_its_time_to_its_retraction(void **state)
{
    (void)state;
    static const struct {
        const char *event, *t;
        bool visible;
    } cases[] = {
        {"02T10:00 paid", "02T09:59:59.999999", false},
        {"02T10:00 paid", "02T10:00", true},
        {"02T10:00 paid", NULL, true},
        {"02T10:00 paid retracted=02T12:00", "02T11:59:59.999999", true},
        {"02T10:00 paid retracted=02T12:00", "02T12:00", false},
        {"02T10:00 paid retracted=02T12:00", NULL, false},
        {"02T10:00 paid retracted=02T10:00", "02T10:00", false},
        {"02T10:00 paid retracted=02T08:00", "02T10:00", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s at %s\n", cases[i].event, cases[i].t == NULL ? "all" : cases[i].t);
        struct written written;
        write_facts(&written, EVENTS(cases[i].event));
        assert_int_equal(fact_visible(&written.items[0], at(cases[i].t)), cases[i].visible);
    }
}

static void test_fact_at__what_lies_before_the_start__reads_as_at_it(void **state)
{
    (void)state;
    struct fact fact = {.at = at("02T10:00")};
    assert_instant(fact_at(&fact, at("02T10:00:00.000001")), at("02T10:00:00.000001"));
    assert_instant(fact_at(&fact, at("02T09:59:59.999999")), at("02T10:00"));
    assert_instant(fact_at(&fact, INSTANT_NEVER), at("02T10:00"));
    assert_instant(fact_at(NULL, at("02T10:00")), INSTANT_NEVER);
    assert_instant(fact_at(NULL, INSTANT_NEVER), INSTANT_NEVER);
}

static void test_facts_first_last__take_the_visible_ones_of_the_kind(void **state)
{
    (void)state;
    struct written written;
    write_facts(&written,
                EVENTS("02T12:00 rated stars=3 retracted=02T15:00", "02T10:00 rated stars=1",
                       "02T11:00 rated stars=2", "02T11:00 closed", "02T14:00 rated stars=4"));
    const struct facts *facts = &written.facts;
    assert_null(facts_first(facts, FACT_RATED, at("02T09:59:59.999999")));
    assert_null(facts_last(facts, FACT_RATED, at("02T09:59:59.999999")));
    assert_int_equal(facts_first(facts, FACT_RATED, at("02T10:00"))->value, 1);
    assert_int_equal(facts_last(facts, FACT_RATED, at("02T10:00"))->value, 1);
    assert_int_equal(facts_last(facts, FACT_RATED, at("02T13:59"))->value, 3);
    assert_int_equal(facts_last(facts, FACT_RATED, at("02T14:59"))->value, 4);
    assert_int_equal(facts_first(facts, FACT_RATED, INSTANT_NEVER)->value, 1);
    assert_null(facts_first(facts, FACT_REOPENED, INSTANT_NEVER));

    /* Of equal instants the order is that of (source, id). */
    write_facts(&written, EVENTS("02T10:00 rated stars=1 id=2", "02T10:00 rated stars=2 id=1",
                                 "02T10:00 rated stars=3 source=aaa id=9"));
    assert_int_equal(facts_first(facts, FACT_RATED, INSTANT_NEVER)->value, 3);
    assert_int_equal(facts_last(facts, FACT_RATED, INSTANT_NEVER)->value, 1);

    /* The retraction of the later one brings the earlier one back. */
    write_facts(&written,
                EVENTS("02T10:00 rated stars=1", "02T12:00 rated stars=3 retracted=02T15:00"));
    assert_int_equal(facts_last(facts, FACT_RATED, at("02T14:59:59.999999"))->value, 3);
    assert_int_equal(facts_last(facts, FACT_RATED, at("02T15:00"))->value, 1);
}

static void test_facts_have_retraction__any_fact__tells(void **state)
{
    (void)state;
    struct written written;
    write_facts(&written, EVENTS("02T10:00 placed cod", "02T11:00 collected"));
    assert_false(facts_have_retraction(&written.facts));
    write_facts(&written, EVENTS("02T10:00 placed cod", "02T11:00 shipped retracted=02T12:00"));
    assert_true(facts_have_retraction(&written.facts));
}

static void test_facts_last_at__is_the_latest_fact_or_retraction(void **state)
{
    (void)state;
    struct written written;
    write_facts(&written, EVENTS("02T10:00 placed cod", "02T11:00 collected"));
    assert_instant(facts_last_at(&written.facts), at("02T11:00"));
    write_facts(&written, EVENTS("02T10:00 placed cod retracted=02T12:00", "02T11:00 collected"));
    assert_instant(facts_last_at(&written.facts), at("02T12:00"));
    write_facts(&written, EVENTS("02T10:00 placed cod retracted=02T09:00"));
    assert_instant(facts_last_at(&written.facts), at("02T10:00"));
    write_facts(&written, EVENTS(NULL));
    assert_instant(facts_last_at(&written.facts), INSTANT_MIN);
}

/* --- words --- */

static void test_fact_names__every_kind__is_its_types_last_part_and_unique(void **state)
{
    (void)state;
    for (int i = 0; i < FACT_KINDS; i++) {
        enum fact_kind kind = (enum fact_kind)i;
        const char *dot = strchr(fact_type(kind), '.');
        assert_non_null(dot);
        assert_string_equal(dot + 1, fact_kind_name(kind));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(fact_kind_name(kind), fact_kind_name((enum fact_kind)k));
    }
}

static void test_fact_type__kinds__have_the_contracts_types(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        enum entity entity;
        const char *type;
    } cases[] = {
        {FACT_PLACED, ENTITY_ORDER, "order.placed"},
        {FACT_PAID, ENTITY_ORDER, "order.paid"},
        {FACT_PROMISED, ENTITY_ORDER, "order.promised"},
        {FACT_SHIPPED, ENTITY_ORDER, "order.shipped"},
        {FACT_COLLECTED, ENTITY_ORDER, "order.collected"},
        {FACT_DELIVERED, ENTITY_ORDER, "order.delivered"},
        {FACT_CANCELLED, ENTITY_ORDER, "order.cancelled"},
        {FACT_EXEMPTED, ENTITY_ORDER, "order.exempted"},
        {FACT_EXEMPTION_ENDED, ENTITY_ORDER, "order.exemption_ended"},
        {FACT_OPENED, ENTITY_TICKET, "ticket.opened"},
        {FACT_ASKED, ENTITY_TICKET, "ticket.asked"},
        {FACT_REPLIED, ENTITY_TICKET, "ticket.replied"},
        {FACT_AUDITED, ENTITY_TICKET, "ticket.audited"},
        {FACT_BUYER_SHIPPED, ENTITY_TICKET, "ticket.buyer_shipped"},
        {FACT_RECEIVED, ENTITY_TICKET, "ticket.received"},
        {FACT_PROCESSED, ENTITY_TICKET, "ticket.processed"},
        {FACT_ESCALATED, ENTITY_TICKET, "ticket.escalated"},
        {FACT_RULED, ENTITY_TICKET, "ticket.ruled"},
        {FACT_APPEALED, ENTITY_TICKET, "ticket.appealed"},
        {FACT_TIMED_OUT, ENTITY_TICKET, "ticket.timed_out"},
        {FACT_CLOSED, ENTITY_TICKET, "ticket.closed"},
        {FACT_REOPENED, ENTITY_TICKET, "ticket.reopened"},
        {FACT_RATED, ENTITY_TICKET, "ticket.rated"},
        {FACT_EXCUSED, ENTITY_TICKET, "ticket.excused"},
        {FACT_EXCUSE_ENDED, ENTITY_TICKET, "ticket.excuse_ended"},
        {FACT_REVIEWED, ENTITY_REVIEW, "order.reviewed"},
        {FACT_EXCLUDED, ENTITY_REVIEW, "review.excluded"},
        {FACT_FILED, ENTITY_REPORT, "report.filed"},
        {FACT_APPROVED, ENTITY_REPORT, "report.approved"},
        {FACT_REJECTED, ENTITY_REPORT, "report.rejected"},
        {FACT_WITHDRAWN, ENTITY_REPORT, "report.withdrawn"},
        {FACT_REVOKED, ENTITY_REPORT, "report.revoked"},
    };
    assert_int_equal(sizeof cases / sizeof cases[0], FACT_KINDS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(fact_type(cases[i].kind), cases[i].type);
        assert_int_equal(fact_entity(cases[i].kind), cases[i].entity);
    }
    assert_string_equal(entity_name(ENTITY_ORDER), "order");
    assert_string_equal(entity_name(ENTITY_TICKET), "ticket");
    assert_string_equal(entity_name(ENTITY_REVIEW), "review");
    assert_string_equal(entity_name(ENTITY_REPORT), "report");
}

static void test_fact_word__values__have_the_contracts_words(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        int32_t value;
        const char *word;
    } cases[] = {
        {FACT_CANCELLED, ACTOR_NONE, NULL},
        {FACT_CANCELLED, ACTOR_BUYER, "buyer"},
        {FACT_CANCELLED, ACTOR_MERCHANT, "merchant"},
        {FACT_CANCELLED, ACTOR_PLATFORM, "platform"},
        {FACT_CANCELLED, 4, NULL},
        {FACT_OPENED, TICKET_NONE, NULL},
        {FACT_OPENED, TICKET_RETURN, "return"},
        {FACT_OPENED, TICKET_EXCHANGE, "exchange"},
        {FACT_OPENED, TICKET_REPAIR, "repair"},
        {FACT_OPENED, TICKET_REFUND, "refund"},
        {FACT_OPENED, TICKET_RESEND, "resend"},
        {FACT_OPENED, TICKET_WORK_ORDER, "work_order"},
        {FACT_OPENED, TICKET_CHAT, "chat"},
        {FACT_OPENED, TICKET_DISPUTE, "dispute"},
        {FACT_OPENED, TICKET_KINDS, NULL},
        {FACT_OPENED, -1, NULL},
        {FACT_REPLIED, REPLIER_HUMAN, "human"},
        {FACT_REPLIED, REPLIER_BOT, "bot"},
        {FACT_AUDITED, AUDIT_APPROVED, "approved"},
        {FACT_AUDITED, AUDIT_REJECTED, "rejected"},
        {FACT_PROCESSED, PROCESS_REFUNDED, "refunded"},
        {FACT_PROCESSED, PROCESS_EXCHANGED, "exchanged"},
        {FACT_PROCESSED, PROCESS_REPAIRED, "repaired"},
        {FACT_PROCESSED, PROCESS_RESENT, "resent"},
        {FACT_PROCESSED, PROCESS_COMPENSATED, "compensated"},
        {FACT_RULED, LIABLE_MERCHANT, "merchant"},
        {FACT_RULED, LIABLE_BUYER, "buyer"},
        {FACT_RULED, LIABLE_BOTH, "both"},
        {FACT_RULED, LIABLE_NONE, "none"},
        {FACT_TIMED_OUT, PHASE_REPLY, "reply"},
        {FACT_TIMED_OUT, PHASE_EVIDENCE, "evidence"},
        {FACT_TIMED_OUT, PHASE_EXECUTION, "execution"},
        {FACT_CLOSED, CLOSE_DONE, "done"},
        {FACT_CLOSED, CLOSE_CANCELLED, "cancelled"},
        {FACT_CLOSED, CLOSE_FORCED, "forced"},
        {FACT_CLOSED, CLOSE_SETTLED, "settled"},
        {FACT_RATED, 5, NULL},
        {FACT_APPEALED, APPEAL_WON, NULL},
        {FACT_PAID, 1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *word = fact_word(cases[i].kind, cases[i].value);
        if (cases[i].word == NULL)
            assert_null(word);
        else {
            assert_non_null(word);
            assert_string_equal(word, cases[i].word);
        }
    }
}

static void test_names__attributes__have_the_contracts_words(void **state)
{
    (void)state;
    assert_string_equal(payment_name(PAYMENT_PREPAID), "prepaid");
    assert_string_equal(payment_name(PAYMENT_COD), "cod");
    assert_string_equal(fulfilment_name(FULFILMENT_MERCHANT), "merchant");
    assert_string_equal(fulfilment_name(FULFILMENT_PLATFORM), "platform");
    assert_string_equal(fulfilment_name(FULFILMENT_PICKUP), "pickup");
    assert_string_equal(fulfilment_name(FULFILMENT_VIRTUAL), "virtual");
    assert_null(ticket_kind_name(TICKET_NONE));
    assert_string_equal(ticket_kind_name(TICKET_RETURN), "return");
    assert_string_equal(ticket_kind_name(TICKET_DISPUTE), "dispute");
    assert_string_equal(aspect_name(ASPECT_PRODUCT), "product");
    assert_string_equal(aspect_name(ASPECT_DESCRIPTION), "description");
    assert_string_equal(aspect_name(ASPECT_SERVICE), "service");
    assert_string_equal(aspect_name(ASPECT_COURIER), "courier");
    assert_string_equal(aspect_name(ASPECT_LOGISTICS), "logistics");
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_fact_compare__facts__are_ordered_by_time_source_id),
        unit(test_fact_visible__from_its_time_to_its_retraction),
        unit(test_fact_at__what_lies_before_the_start__reads_as_at_it),
        unit(test_facts_first_last__take_the_visible_ones_of_the_kind),
        unit(test_facts_have_retraction__any_fact__tells),
        unit(test_facts_last_at__is_the_latest_fact_or_retraction),
        unit(test_fact_names__every_kind__is_its_types_last_part_and_unique),
        unit(test_fact_type__kinds__have_the_contracts_types),
        unit(test_fact_word__values__have_the_contracts_words),
        unit(test_names__attributes__have_the_contracts_words),
    };
    return cmocka_run_group_tests_name("domain/fact", tests, NULL, NULL);
}
