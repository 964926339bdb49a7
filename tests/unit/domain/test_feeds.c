#include "written.h"

#include "domain/score.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

static void test_feed_is_stale__silence__is_longer_than_the_limit(void **state)
{
    (void)state;
    const struct policy policy = {.silent_after_s = 24 * 3600};
    const struct policy never = {.silent_after_s = 0};
    struct feeds feeds;
    for (int feed = 0; feed < FEEDS; feed++)
        feeds.through[feed] = at("10T12:00");
    for (enum feed feed = FEED_ORDERS; feed <= FEED_TICKETS; feed++) {
        assert_false(feed_is_stale(&policy, &feeds, feed, at("10T12:00")));
        assert_false(feed_is_stale(&policy, &feeds, feed, at("11T12:00")));
        assert_true(feed_is_stale(&policy, &feeds, feed, at("11T12:00:00.000001")));
        assert_false(feed_is_stale(&never, &feeds, feed, at("31T12:00")));
        feeds.through[feed] = INSTANT_NEVER;
        assert_int_equal(feed_is_stale(&policy, &feeds, feed, at("10T12:00")),
                         feed != FEED_TICKETS);
        assert_false(feed_is_stale(&never, &feeds, feed, at("10T12:00")));
    }
}

static void test_feeds_next_change__first_to_fall_silent__just_after_the_limit(void **state)
{
    (void)state;
    const struct policy policy = {.silent_after_s = 24 * 3600};
    const struct policy never = {.silent_after_s = 0};
    const struct feeds feeds = {.through = {[FEED_ORDERS] = at("10T12:00"),
                                            [FEED_COLLECTIONS] = at("10T11:00"),
                                            [FEED_TICKETS] = at("10T10:00")}};
    static const struct {
        enum feed last;
        const char *t, *next;
    } cases[] = {
        {FEED_TICKETS, "10T12:00", "11T10:00:00.000001"},
        {FEED_COLLECTIONS, "10T12:00", "11T11:00:00.000001"},
        {FEED_ORDERS, "10T12:00", "11T12:00:00.000001"},
        {FEED_TICKETS, "11T10:00", "11T10:00:00.000001"},
        {FEED_TICKETS, "11T10:00:00.000001", "11T11:00:00.000001"},
        {FEED_TICKETS, "11T12:00:00.000001", NULL},
    };
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_instant(feeds_next_change(&policy, &feeds, cases[i].last, at(cases[i].t)),
                       at(cases[i].next));
    assert_instant(feeds_next_change(&never, &feeds, FEED_TICKETS, at("10T12:00")), INSTANT_NEVER);
    const struct feeds mute = {.through = {{INT64_MAX}, {INT64_MAX}, {INT64_MAX}, {INT64_MAX}}};
    assert_instant(feeds_next_change(&policy, &mute, FEED_TICKETS, at("10T12:00")), INSTANT_NEVER);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_feed_is_stale__silence__is_longer_than_the_limit),
        unit(test_feeds_next_change__first_to_fall_silent__just_after_the_limit),
    };
    return cmocka_run_group_tests_name("domain/feeds", tests, NULL, NULL);
}
