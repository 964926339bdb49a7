#include "written.h"

#include "domain/review.h"

#define EVENTS(...) ((const char *const[WRITTEN_FACTS]){__VA_ARGS__})

static struct review_view view_of(struct written_review *written, const char *t,
                                  const char *const events[WRITTEN_FACTS])
{
    write_review(written, events);
    return review_at(&written->review, at(t));
}

static void test_review_at__stars__are_a_register_with_its_time(void **state)
{
    (void)state;
    struct written_review written;
    write_review(&written,
                 EVENTS("02T10:00 reviewed product=1 service=2 order=A1 buyer=B1",
                        "05T10:00 reviewed product=5 order=A2 buyer=B2 retracted=08T00:00"));
    struct review_view view = review_at(&written.review, at("02T09:59:59.999999"));
    assert_false(view.known);
    assert_false(view.active);
    assert_instant(view.at, INSTANT_NEVER);

    view = review_at(&written.review, at("02T10:00"));
    assert_true(view.known);
    assert_true(view.active);
    assert_instant(view.at, at("02T10:00"));
    assert_int_equal(view.stars[ASPECT_PRODUCT], 1);
    assert_int_equal(view.stars[ASPECT_SERVICE], 2);
    assert_int_equal(view.stars[ASPECT_COURIER], 0);

    assert_instant(review_at(&written.review, at("05T09:59:59.999999")).at, at("02T10:00"));
    view = review_at(&written.review, at("05T10:00"));
    assert_instant(view.at, at("05T10:00"));
    assert_int_equal(view.stars[ASPECT_PRODUCT], 5);
    assert_int_equal(view.stars[ASPECT_SERVICE], 0); /* the edited review rates the product only */
    assert_string_equal(view.order, "A1");           /* these stay the earliest one's */
    assert_string_equal(view.buyer, "B1");

    view = review_at(&written.review, at("08T00:00")); /* the edit is withdrawn */
    assert_instant(view.at, at("02T10:00"));
    assert_int_equal(view.stars[ASPECT_PRODUCT], 1);
    assert_int_equal(review_at(&written.review, INSTANT_NEVER).stars[ASPECT_PRODUCT], 1);
}

static void test_review_at__of_two_at_one_instant__the_highest_source_and_id_hold(void **state)
{
    (void)state;
    struct written_review written;
    struct review_view view = view_of(&written, NULL,
                                      EVENTS("02T10:00 reviewed product=4 buyer=B2 id=2",
                                             "02T10:00 reviewed product=3 buyer=B1 id=1"));
    assert_int_equal(view.stars[ASPECT_PRODUCT], 4);
    assert_string_equal(view.buyer, "B1");
}

static void test_review_at__given_by_default__is_not_active(void **state)
{
    (void)state;
    struct written_review written;
    write_review(&written,
                 EVENTS("02T10:00 reviewed default product=5", "05T10:00 reviewed product=2"));
    struct review_view view = review_at(&written.review, at("05T09:59:59.999999"));
    assert_true(view.known);
    assert_true(view.by_default);
    assert_false(view.active);
    view = review_at(&written.review, at("05T10:00")); /* the buyer speaks after all */
    assert_false(view.by_default);
    assert_true(view.active);
    view = view_of(&written, NULL,
                   EVENTS("02T10:00 reviewed product=5", "05T10:00 reviewed default product=5"));
    assert_false(view.active);
}

static void test_review_at__exclusion__takes_it_out_from_its_own_time_on(void **state)
{
    (void)state;
    struct written_review written;
    write_review(&written,
                 EVENTS("02T10:00 reviewed product=1", "04T10:00 excluded retracted=07T10:00",
                        "05T10:00 reviewed product=2"));
    static const struct {
        const char *t;
        bool excluded;
    } cases[] = {
        {"04T09:59:59.999999", false}, {"04T10:00", true},  {"05T10:00", true},
        {"07T09:59:59.999999", true},  {"07T10:00", false}, {NULL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct review_view view = review_at(&written.review, at(cases[i].t));
        assert_int_equal(view.excluded, cases[i].excluded);
        assert_int_equal(view.active, !cases[i].excluded);
    }

    /* It came before the review. */
    struct review_view view =
        view_of(&written, "02T10:00", EVENTS("02T10:00 reviewed product=1", "01T10:00 excluded"));
    assert_true(view.known);
    assert_false(view.active);
    assert_instant(view.at, at("02T10:00"));
    /* Of a review that never came. */
    view = view_of(&written, NULL, EVENTS("01T10:00 excluded"));
    assert_false(view.known);
    assert_false(view.active);
    /* One exclusion of two is retracted. */
    view = view_of(&written, NULL,
                   EVENTS("02T10:00 reviewed product=1", "03T10:00 excluded retracted=05T00:00",
                          "04T10:00 excluded"));
    assert_false(view.active);
}

static void test_review_at__without_buyer__has_none(void **state)
{
    (void)state;
    struct written_review written;
    struct review_view view =
        view_of(&written, NULL,
                EVENTS("02T10:00 reviewed product=1", "03T10:00 reviewed product=1 buyer=B"));
    assert_null(view.buyer);
    assert_null(view.order);
    assert_false(view.crowded_out);
}

static void test_review_at__order_of_arrival__does_not_matter(void **state)
{
    (void)state;
    struct written_review written;
    write_review(&written, EVENTS("02T10:00 reviewed product=1 buyer=B1",
                                  "02T10:00 reviewed product=2 buyer=B2",
                                  "03T10:00 reviewed product=3", "03T10:00 reviewed product=4",
                                  "04T10:00 reviewed product=5 retracted=06T00:00",
                                  "05T10:00 excluded", "01T10:00 excluded retracted=02T00:00"));
    uint64_t random = 1;
    for (int i = 0; i < 200; i++) {
        written_rearrive(&written.written, &random);
        struct review_view view = review_at(&written.review, at("03T12:00"));
        assert_int_equal(view.stars[ASPECT_PRODUCT], 4);
        assert_string_equal(view.buyer, "B1");
        assert_true(view.active);
        assert_int_equal(review_at(&written.review, at("05T10:00")).stars[ASPECT_PRODUCT], 5);
        assert_false(review_at(&written.review, at("05T10:00")).active);
        assert_instant(review_at(&written.review, at("06T00:00")).at, at("03T10:00"));
    }
}

static void test_review_compare__time_then_id_bytewise(void **state)
{
    (void)state;
    static const struct {
        const char *at, *id;
    } ascending[] = {
        {"02T10:00", "z"},
        {"02T10:00:00.000001", "R1"},
        {"02T10:00:00.000001", "R10"},
        {"02T10:00:00.000001", "R2"},
        {"02T10:00:00.000001", "r1"},
        {"02T10:00:00.000001", "é"},
        {"02T10:00:00.000002", ""},
    };
    size_t count = sizeof ascending / sizeof ascending[0];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            int sign = review_compare(at(ascending[i].at), ascending[i].id, at(ascending[k].at),
                                      ascending[k].id);
            assert_int_equal((sign > 0) - (sign < 0), (i > k) - (i < k));
        }
}

static void test_review_is_negative__one_or_two_stars_for_product_or_service(void **state)
{
    (void)state;
    static const struct {
        const char *events[WRITTEN_FACTS];
        bool negative;
    } cases[] = {
        {{"02T10:00 reviewed product=1"}, true},
        {{"02T10:00 reviewed product=2"}, true},
        {{"02T10:00 reviewed product=3"}, false},
        {{"02T10:00 reviewed service=1 product=5"}, true},
        {{"02T10:00 reviewed service=2 product=5"}, true},
        {{"02T10:00 reviewed service=3"}, false},
        {{"02T10:00 reviewed courier=1 logistics=1 description=1"}, false},
        {{"02T10:00 reviewed default product=1"}, false},
        {{"02T10:00 reviewed product=1", "03T10:00 excluded"}, false},
        {{"02T10:00 reviewed product=1", "03T10:00 reviewed product=5"}, false},
        {{"03T10:00 excluded"}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].events[0]);
        struct written_review written;
        struct review_view view = view_of(&written, NULL, cases[i].events);
        assert_int_equal(review_is_negative(&view), cases[i].negative);
    }
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_review_at__stars__are_a_register_with_its_time),
        unit(test_review_at__of_two_at_one_instant__the_highest_source_and_id_hold),
        unit(test_review_at__given_by_default__is_not_active),
        unit(test_review_at__exclusion__takes_it_out_from_its_own_time_on),
        unit(test_review_at__without_buyer__has_none),
        unit(test_review_at__order_of_arrival__does_not_matter),
        unit(test_review_compare__time_then_id_bytewise),
        unit(test_review_is_negative__one_or_two_stars_for_product_or_service),
    };
    return cmocka_run_group_tests_name("domain/review", tests, NULL, NULL);
}
