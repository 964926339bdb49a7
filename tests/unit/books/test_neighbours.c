#include "../domain/written.h"

#include "../domain/sessions.h"
#include "books/neighbours.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static struct view ticket(struct written_ticket *written, const char *const events[])
{
    write_ticket(written, events);
    return (struct view){.entity = ENTITY_TICKET,
                         .ticket = ticket_at(&written->ticket, INSTANT_NEVER)};
}

/* --- sessions --- */

static void test_recontact__within_ten_minutes_of_the_close(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *other[WRITTEN_FACTS];
        const char *session; /* its opening */
        bool follows;
    } cases[] = {
        {"exactly ten minutes",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done"},
         "02T10:40 opened chat buyer=B",
         true},
        {"a microsecond more",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done"},
         "02T10:40:00.000001 opened chat buyer=B",
         false},
        {"at the close",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done"},
         "02T10:30 opened chat buyer=B",
         true},
        {"while the other is still open",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done"},
         "02T10:29:59.999999 opened chat buyer=B",
         false},
        {"never closed", {"02T10:00 opened chat buyer=B"}, "02T10:40 opened chat buyer=B", false},
        {"another buyer",
         {"02T10:00 opened chat buyer=C", "02T10:30 closed done"},
         "02T10:35 opened chat buyer=B",
         false},
        {"no buyers",
         {"02T10:00 opened chat", "02T10:30 closed done"},
         "02T10:35 opened chat",
         false},
        {"the other has none",
         {"02T10:00 opened chat", "02T10:30 closed done"},
         "02T10:35 opened chat buyer=B",
         false},
        {"the other is no chat",
         {"02T10:00 opened work_order buyer=B", "02T10:30 closed done"},
         "02T10:35 opened chat buyer=B",
         false},
        {"this one is no chat",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done"},
         "02T10:35 opened work_order buyer=B",
         false},
        {"opened at once",
         {"02T10:35 opened chat buyer=B", "02T10:35 closed done"},
         "02T10:35 opened chat buyer=B",
         false},
        {"opened a microsecond before, and closed",
         {"02T10:34:59.999999 opened chat buyer=B", "02T10:35 closed done"},
         "02T10:35 opened chat buyer=B",
         true},
        {"closed before it was opened reads as at its opening",
         {"02T10:30 opened chat buyer=B", "02T10:00 closed done"},
         "02T10:40 opened chat buyer=B",
         true},
        {"re-opened before this one",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done", "02T10:34 reopened"},
         "02T10:35 opened chat buyer=B",
         false},
        {"re-opened at this one's opening",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done", "02T10:35 reopened"},
         "02T10:35 opened chat buyer=B",
         false},
        {"re-opened later changes nothing",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done", "02T10:35:00.000001 reopened"},
         "02T10:35 opened chat buyer=B",
         true},
        {"closed again later changes nothing",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done", "02T10:36 reopened",
          "02T10:37 closed done"},
         "02T10:35 opened chat buyer=B",
         true},
        {"closed long before, and again just now",
         {"02T10:00 opened chat buyer=B", "02T10:05 closed done", "02T10:30 closed done"},
         "02T10:35 opened chat buyer=B",
         true},
        {"the closing was retracted since",
         {"02T10:00 opened chat buyer=B", "02T10:30 closed done retracted=02T12:00"},
         "02T10:35 opened chat buyer=B",
         false},
        {"other.opened was never known",
         {"02T10:30 closed done"},
         "02T10:35 opened chat buyer=B",
         false},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        struct written_ticket written, other_written;
        const char *events[WRITTEN_FACTS] = {cases[i].session};
        struct view session = ticket(&written, events);
        struct view other = ticket(&other_written, cases[i].other);
        struct neighbours neighbours;
        neighbours_init(&neighbours);
        neighbours_add(&neighbours, "this", &session);
        neighbours_add(&neighbours, "other", &other);
        assert_int_equal(neighbours_seal(&neighbours), ERR_OK);
        neighbours_tell(&neighbours, "this", &session);
        neighbours_tell(&neighbours, "other", &other);
        assert_int_equal(session.ticket.recontact, cases[i].follows);
        assert_false(other.ticket.recontact);
        assert_int_equal(session_follows(&session.ticket, &other.ticket), cases[i].follows);
        neighbours_done(&neighbours);
    }
}

/* Of two sessions that closed at one instant one began there, too, and says nothing of a third that
 * begins at it; the other one does, though it was re-opened later. */
static void test_recontact__closed_at_one_instant(void **state)
{
    (void)state;
    const char *const events[][WRITTEN_FACTS] = {
        {"02T10:35 opened chat buyer=B"},
        {"02T10:35 opened chat buyer=B", "02T10:35 closed done"},
        {"02T10:00 opened chat buyer=B", "02T10:35 closed done", "02T11:00 reopened"},
    };
    struct written_ticket written[3];
    struct view views[3];
    struct neighbours neighbours;
    neighbours_init(&neighbours);
    for (size_t i = 0; i < 3; i++) {
        views[i] = ticket(&written[i], events[i]);
        neighbours_add(&neighbours, "any", &views[i]);
    }
    assert_int_equal(neighbours_seal(&neighbours), ERR_OK);
    for (size_t i = 0; i < 3; i++)
        neighbours_tell(&neighbours, "any", &views[i]);
    assert_true(views[0].ticket.recontact);
    assert_true(views[1].ticket.recontact);
    assert_false(views[2].ticket.recontact);
    neighbours_done(&neighbours);
}

/* --- reviews --- */

static struct view review(const char *buyer, int minute)
{
    return (struct view){
        .entity = ENTITY_REVIEW,
        .review = {
            .known = true, .active = true, .at = {minute * 60 * US_PER_SECOND}, .buyer = buyer}};
}

static void test_crowded_out__those_with_twenty_later_ones(void **state)
{
    (void)state;
    struct neighbours neighbours;
    neighbours_init(&neighbours);
    char ids[25][8];
    struct view views[25];
    for (int i = 0; i < 25; i++) { /* two of them at one instant: 3 and 4 */
        snprintf(ids[i], sizeof ids[i], "r%02d", i);
        views[i] = review("B", i == 4 ? 3 : i);
        neighbours_add(&neighbours, ids[i], &views[i]);
    }
    struct view others[3] = {review("C", 0), review(NULL, 0), review("B", 1)};
    others[2].review.active = false;
    neighbours_add(&neighbours, "other", &others[0]);
    neighbours_add(&neighbours, "nobody's", &others[1]);
    neighbours_add(&neighbours, "excluded", &others[2]);
    assert_int_equal(neighbours_seal(&neighbours), ERR_OK);
    for (int i = 0; i < 25; i++) {
        neighbours_tell(&neighbours, ids[i], &views[i]);
        assert_int_equal(views[i].review.crowded_out, i < 5);
    }
    for (int i = 0; i < 3; i++) {
        neighbours_tell(&neighbours, i == 0 ? "other" : "r", &others[i]);
        assert_false(others[i].review.crowded_out);
    }
    neighbours_done(&neighbours);
}

/* --- orders --- */

static void test_defects__of_tickets_and_reviews(void **state)
{
    (void)state;
    struct neighbours neighbours;
    neighbours_init(&neighbours);
    struct written_ticket written[3];
    const char *const tickets[3][WRITTEN_FACTS] = {
        {"02T10:00 opened dispute order=A"},
        {"02T10:00 opened dispute order=A"},
        {"02T10:00 opened dispute order=B", "02T11:00 ruled buyer"},
    };
    for (int i = 0; i < 3; i++) {
        struct view view = ticket(&written[i], tickets[i]);
        neighbours_add(&neighbours, "t", &view);
    }
    struct view bad = review(NULL, 0), good = review(NULL, 0);
    bad.review.order = "A";
    bad.review.stars[ASPECT_SERVICE] = 2;
    good.review.order = "B";
    good.review.stars[ASPECT_SERVICE] = 3;
    neighbours_add(&neighbours, "r1", &bad);
    neighbours_add(&neighbours, "r2", &good);
    assert_int_equal(neighbours_seal(&neighbours), ERR_OK);
    struct view order = {.entity = ENTITY_ORDER};
    neighbours_tell(&neighbours, "A", &order);
    assert_int_equal(order.order.defects, DEFECT_DISPUTE | DEFECT_NEGATIVE_REVIEW);
    neighbours_tell(&neighbours, "B", &order);
    assert_int_equal(order.order.defects, 0);
    neighbours_done(&neighbours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recontact__within_ten_minutes_of_the_close),
        cmocka_unit_test(test_recontact__closed_at_one_instant),
        cmocka_unit_test(test_crowded_out__those_with_twenty_later_ones),
        cmocka_unit_test(test_defects__of_tickets_and_reviews),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
