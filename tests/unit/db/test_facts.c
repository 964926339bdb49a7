#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cleanup.h"
#include "db/facts.h"

/* The stored text of facts: its form, which rows depend on, and that nothing gets lost. */

static struct arena arena;
static struct buf text;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    buf_init(&text, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    buf_done(&text);
    return 0;
}

/* What has no default of zero; the rest is for the test to say. */
#define FACT(kind_)                                                                                \
    .kind = (kind_), .at = {5}, .retracted_at = INSTANT_NEVER, .source = "oms", .id = "e1",        \
    .parcels = (kind_) == FACT_PLACED, .units = (kind_) == FACT_PLACED, .paid_at = INSTANT_NEVER,  \
    .presale_until = INSTANT_NEVER, .promised_at = INSTANT_NEVER, .deliver_by = INSTANT_NEVER,     \
    .ship_by = INSTANT_NEVER, .period_from = INSTANT_NEVER, .period_to = INSTANT_NEVER

static const char *encode(const struct fact *items, size_t count)
{
    buf_clear(&text);
    facts_encode(&(struct facts){items, count}, &text);
    assert_false(buf_failed(&text));
    return buf_text(&text);
}

static void assert_text(const struct fact *fact, const char *expected)
{
    assert_string_equal(encode(fact, 1), expected);
}

static enum err decode(const char *stored, struct facts *ret_facts)
{
    return facts_decode(stored, strlen(stored), &arena, ret_facts);
}

/* --- the form --- */

static void test_facts_encode__nothing_stated__is_kind_instant_source_and_id(void **state)
{
    (void)state;
    assert_text(&(struct fact){FACT(FACT_PLACED)}, "placed\t5\toms\te1\n");
    assert_text(&(struct fact){FACT(FACT_PAID)}, "paid\t5\toms\te1\n");
    assert_text(&(struct fact){FACT(FACT_CANCELLED)}, "cancelled\t5\toms\te1\n");
    assert_text(&(struct fact){FACT(FACT_BUYER_SHIPPED)}, "buyer_shipped\t5\toms\te1\n");
    assert_text(&(struct fact){FACT(FACT_EXCLUDED)}, "excluded\t5\toms\te1\n");
}

static void test_facts_encode__order__states_its_members(void **state)
{
    (void)state;
    struct fact placed = {FACT(FACT_PLACED)};
    placed.retracted_at = (struct instant){9};
    placed.paid_at = (struct instant){1};
    placed.presale_until = (struct instant){2};
    placed.promised_at = (struct instant){3};
    placed.deliver_by = (struct instant){4};
    placed.payment = PAYMENT_COD;
    placed.fulfilment = FULFILMENT_PICKUP;
    placed.test = true;
    placed.parcels = 2;
    placed.units = 7;
    placed.buyer = "b1";
    assert_text(&placed, "placed\t5\toms\te1\tretracted=9\tpaid=1\tpresale=2\tpromised=3\t"
                         "deliver_by=4\tpayment=cod\tfulfilment=pickup\ttest=true\tparcels=2\t"
                         "units=7\tbuyer=b1\n");
    assert_text(&(struct fact){FACT(FACT_SHIPPED), .parcel = "p1", .waybill = true},
                "shipped\t5\toms\te1\tparcel=p1\twaybill=true\n");
    assert_text(&(struct fact){FACT(FACT_CANCELLED), .value = ACTOR_BUYER},
                "cancelled\t5\toms\te1\tsays=buyer\n");
}

static void test_facts_encode__ticket__states_its_members(void **state)
{
    (void)state;
    assert_text(&(struct fact){FACT(FACT_OPENED), .value = TICKET_WORK_ORDER, .order = "A1",
                               .buyer = "b1", .left_message = true},
                "opened\t5\toms\te1\tsays=work_order\torder=A1\tbuyer=b1\tleft_message=true\n");
    assert_text(&(struct fact){FACT(FACT_RULED), .value = LIABLE_NONE},
                "ruled\t5\toms\te1\tsays=none\n");
    assert_text(&(struct fact){FACT(FACT_APPEALED), .value = APPEAL_WON},
                "appealed\t5\toms\te1\tsays=2\n");
    assert_text(&(struct fact){FACT(FACT_RATED), .value = 4}, "rated\t5\toms\te1\tsays=4\n");
}

static void test_facts_encode__review__states_its_members(void **state)
{
    (void)state;
    assert_text(&(struct fact){FACT(FACT_REVIEWED), .stars = {1, 2, 3, 4, 5}, .order = "A1",
                               .buyer = "b1", .by_default = true},
                "reviewed\t5\toms\te1\torder=A1\tbuyer=b1\tproduct=1\tdescription=2\tservice=3\t"
                "courier=4\tlogistics=5\tdefault=true\n");
    assert_text(&(struct fact){FACT(FACT_REVIEWED), .stars = {[ASPECT_COURIER] = 1}},
                "reviewed\t5\toms\te1\tcourier=1\n");
}

static void test_facts_encode__separators_in_ids__are_escaped(void **state)
{
    (void)state;
    struct fact fact = {FACT(FACT_SHIPPED), .parcel = "=\\\t\n"};
    fact.source = "a\tb";
    fact.id = "\n\\t";
    assert_text(&fact, "shipped\t5\ta\\tb\t\\n\\\\t\tparcel==\\\\\\t\\n\n");
}

static void test_facts_encode__several__are_one_line_each(void **state)
{
    (void)state;
    const struct fact facts[] = {{FACT(FACT_ASKED)}, {FACT(FACT_CLOSED), .value = CLOSE_FORCED}};
    assert_string_equal(encode(facts, 2), "asked\t5\toms\te1\nclosed\t5\toms\te1\tsays=forced\n");
    assert_string_equal(encode(NULL, 0), "");
}

/* --- there and back --- */

static uint64_t random_state;

static uint32_t draw(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static struct instant draw_instant(void)
{
    if (draw(2) == 0)
        return INSTANT_NEVER;
    return (struct instant){INT64_C(946684800000000) + (int64_t)draw(INT32_MAX) * 1000 + draw(3)};
}

/* An id of the characters that the form gives a meaning, and some others. */
static const char *draw_id(void)
{
    static const char *const parts[] = {"\t", "\n", "\\", "=", "t", "n", " ", "\xe9\xa3\x8e"};
    char id[64] = "";
    for (uint32_t i = 0, count = 1 + draw(8); i < count; i++)
        strcat(id, parts[draw(sizeof parts / sizeof parts[0])]);
    return arena_copy(&arena, id, strlen(id));
}

static const char *draw_id_or_null(void)
{
    return draw(2) == 0 ? NULL : draw_id();
}

/* The greatest value of a kind. */
static uint32_t most(enum fact_kind kind)
{
    static const uint32_t most_of[FACT_KINDS] = {
        [FACT_CANCELLED] = ACTOR_PLATFORM, [FACT_OPENED] = TICKET_DISPUTE,
        [FACT_REPLIED] = REPLIER_BOT,      [FACT_AUDITED] = AUDIT_REJECTED,
        [FACT_RULED] = LIABLE_NONE,        [FACT_PROCESSED] = PROCESS_COMPENSATED,
        [FACT_APPEALED] = APPEAL_WON,      [FACT_TIMED_OUT] = PHASE_EXECUTION,
        [FACT_CLOSED] = CLOSE_SETTLED,     [FACT_RATED] = 5,
    };
    return most_of[kind];
}

static struct fact draw_fact(enum fact_kind kind)
{
    struct fact fact = {FACT(kind)};
    fact.at = (struct instant){(int64_t)draw(INT32_MAX) * 1000000};
    fact.retracted_at = draw_instant();
    fact.source = draw_id();
    fact.id = draw_id();
    fact.value = (int32_t)draw(most(kind) + 1);
    if (kind == FACT_PLACED) {
        fact.payment = (enum payment)draw(PAYMENT_COD + 1);
        fact.fulfilment = (enum fulfilment)draw(FULFILMENT_VIRTUAL + 1);
        fact.test = draw(2) == 0;
        fact.parcels = 1 + draw(1000);
        fact.units = 1 + INT64_C(1000) * draw(3) * draw(1000000);
        fact.paid_at = draw_instant();
        fact.presale_until = draw_instant();
        fact.deliver_by = draw_instant();
    }
    if (kind == FACT_PLACED || kind == FACT_PROMISED)
        fact.promised_at = draw_instant();
    if (kind == FACT_SHIPPED || kind == FACT_COLLECTED || kind == FACT_DELIVERED)
        fact.parcel = draw_id_or_null();
    if (kind == FACT_SHIPPED || kind == FACT_COLLECTED)
        fact.waybill = draw(2) == 0;
    if (kind == FACT_OPENED || kind == FACT_REVIEWED)
        fact.order = draw_id_or_null();
    if (kind == FACT_OPENED || kind == FACT_REVIEWED || kind == FACT_PLACED)
        fact.buyer = draw_id_or_null();
    if (kind == FACT_OPENED)
        fact.left_message = draw(2) == 0;
    if (kind == FACT_REVIEWED) {
        for (int i = 0; i < ASPECTS; i++)
            fact.stars[i] = (uint8_t)draw(6);
        fact.by_default = draw(2) == 0;
    }
    return fact;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a != NULL)
        assert_string_equal(a, b);
}

static void assert_same(const struct fact *a, const struct fact *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->at.us, b->at.us);
    assert_int_equal(a->retracted_at.us, b->retracted_at.us);
    assert_same_text(a->source, b->source);
    assert_same_text(a->id, b->id);
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->payment, b->payment);
    assert_int_equal(a->fulfilment, b->fulfilment);
    assert_int_equal(a->test, b->test);
    assert_int_equal(a->parcels, b->parcels);
    assert_int_equal(a->units, b->units);
    assert_int_equal(a->paid_at.us, b->paid_at.us);
    assert_int_equal(a->presale_until.us, b->presale_until.us);
    assert_int_equal(a->promised_at.us, b->promised_at.us);
    assert_int_equal(a->deliver_by.us, b->deliver_by.us);
    assert_same_text(a->parcel, b->parcel);
    assert_int_equal(a->waybill, b->waybill);
    assert_same_text(a->order, b->order);
    assert_same_text(a->buyer, b->buyer);
    assert_int_equal(a->left_message, b->left_message);
    assert_memory_equal(a->stars, b->stars, sizeof a->stars);
    assert_int_equal(a->by_default, b->by_default);
}

static void test_facts__random_facts_of_every_kind__come_back_as_they_were(void **state)
{
    (void)state;
    random_state = 1;
    for (int round = 0; round < 200; round++) {
        arena_clear(&arena);
        struct fact facts[FACT_KINDS];
        for (int i = 0; i < FACT_KINDS; i++)
            facts[i] = draw_fact((enum fact_kind)i);
        const char *stored = encode(facts, FACT_KINDS);
        struct facts read;
        assert_int_equal(decode(stored, &read), ERR_OK);
        assert_int_equal(read.count, FACT_KINDS);
        for (int i = 0; i < FACT_KINDS; i++)
            assert_same(&facts[i], &read.items[i]);
    }
}

/* --- decode --- */

static void test_facts_decode__empty_text__is_no_facts(void **state)
{
    (void)state;
    struct facts facts = {.count = 9};
    assert_int_equal(decode("", &facts), ERR_OK);
    assert_int_equal(facts.count, 0);
}

static void test_facts_decode__text_of_another_form__is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "paid\t5\toms\te1", /* no end of line */
        "\n",
        "paid\t5\toms\n",
        "bought\t5\toms\te1\n",
        "paid\tsoon\toms\te1\n",
        "paid\t5\toms\te1\tretracted\n",
        "paid\t5\toms\te1\tretracted=\n",
        "paid\t5\toms\te1\tcolour=red\n",
        "paid\t5\toms\te1\n\npaid\t6\toms\te2\n",
        "placed\t5\toms\te1\tparcels=0\n",
        "placed\t5\toms\te1\tunits=-1\n",
        "placed\t5\toms\te1\tpayment=prepaid\n",
        "placed\t5\toms\te1\tfulfilment=drone\n",
        "placed\t5\toms\te1\ttest=false\n",
        "cancelled\t5\toms\te1\tsays=nobody\n",
        "cancelled\t5\toms\te1\tsays=1\n", /* the kind has words */
        "ruled\t5\toms\te1\tsays=approved\n",
        "rated\t5\toms\te1\tsays=five\n",
        "rated\t5\toms\te1\tsays=0\n",
        "reviewed\t5\toms\te1\tproduct=6\n",
        "reviewed\t5\toms\te1\tproduct=0\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct facts facts = {.count = 9};
        print_message("%s\n", cases[i]);
        assert_int_equal(decode(cases[i], &facts), ERR_INTERNAL);
        assert_int_equal(facts.count, 0);
    }
}

#define unit(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_facts_encode__nothing_stated__is_kind_instant_source_and_id),
        unit(test_facts_encode__order__states_its_members),
        unit(test_facts_encode__ticket__states_its_members),
        unit(test_facts_encode__review__states_its_members),
        unit(test_facts_encode__separators_in_ids__are_escaped),
        unit(test_facts_encode__several__are_one_line_each),
        unit(test_facts__random_facts_of_every_kind__come_back_as_they_were),
        unit(test_facts_decode__empty_text__is_no_facts),
        unit(test_facts_decode__text_of_another_form__is_refused),
    };
    return cmocka_run_group_tests_name("db/facts", tests, NULL, NULL);
}
