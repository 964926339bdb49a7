/* Reviews and tickets of the demo: each metric of them has a full sample at any time, and each
 * ticket is a story in the order in which such things happen. Counted anew over the events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/goods.h"
#include "simulate/timeline.h"

#define HOUR SECONDS_PER_HOUR
#define FULL_SAMPLE 30
#define DAYS 35
#define WINDOW_DAYS 30
#define REVIEWS_OF_ONE_BUYER 20
#define BUYERS_MAX 100000
/* 2026-11-09 00:00 in Shanghai, a Monday. */
#define MONDAY INT64_C(1794153600)

/* --- the events of a demo --- */

struct told {
    struct sim_event *events;
    size_t count;
    size_t cap;
    struct world world;
};

static struct told tell_demo(uint64_t seed, int64_t orders_per_day, int64_t until)
{
    struct told told = {.world = world_of(seed, orders_per_day)};
    struct sales sales = sales_shown(day_of(until));
    struct timeline timeline;
    struct sim_event event;

    timeline_init(&timeline, told.world, &sales, until, DAYS);
    while (timeline_next(&timeline, &event) == ERR_OK) {
        if (told.count == told.cap) {
            told.cap = told.cap == 0 ? 65536 : 2 * told.cap;
            told.events = reallocarray(told.events, told.cap, sizeof *told.events);
            assert_non_null(told.events);
        }
        told.events[told.count++] = event;
    }
    timeline_done(&timeline);
    return told;
}

static int sign(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

/* By order, kind, ticket, and number of the step: a ticket's steps lie together. */
static int compare_stories(const void *left, const void *right)
{
    const struct sim_event *a = left;
    const struct sim_event *b = right;
    int64_t differences[] = {
        a->ref.day - b->ref.day,
        (int64_t)a->ref.lane - b->ref.lane,
        (int64_t)a->ref.number - b->ref.number,
        a->step.desk - b->step.desk,
        a->step.session - b->step.session,
        a->step.number - b->step.number,
        sign(a->arrives - b->arrives),
    };

    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (differences[i] != 0)
            return sign(differences[i]);
    }
    return 0;
}

static bool same_ticket(const struct sim_event *a, const struct sim_event *b)
{
    return a->ref.day == b->ref.day && a->ref.lane == b->ref.lane &&
           a->ref.number == b->ref.number && a->step.desk == b->step.desk &&
           a->step.session == b->step.session;
}

/* Leaves only the steps of tickets, ticket by ticket, without repetitions. */
static void keep_tickets(struct told *told)
{
    struct sim_event *events = told->events;
    size_t steps = 0;

    for (size_t i = 0; i < told->count; i++) {
        if (events[i].kind == SIM_TICKET)
            events[steps++] = events[i];
    }
    qsort(events, steps, sizeof *events, compare_stories);
    told->count = 0;
    for (size_t i = 0; i < steps; i++) {
        const struct sim_event *last = &events[told->count - 1];

        if (told->count > 0 && same_ticket(last, &events[i]) &&
            last->step.number == events[i].step.number)
            continue;
        events[told->count++] = events[i];
    }
}

static bool is_step(const struct sim_event *event, char desk, const char *type)
{
    return event->step.desk == desk && strcmp(event->step.type, type) == 0;
}

static bool says(const struct sim_event *event, const char *text)
{
    return strstr(event->step.data, text) != NULL;
}

/* --- samples --- */

/* What the metrics of 30 days count, each at its least. */
enum sample {
    REVIEWS, /* with every aspect; those of the busy buyers aside, which may be one too many */
    HANDLED,
    AUDITED,
    RETURNS_RATED,
    CHATS,
    REPLIES,
    CHATS_RATED,
    WORK_ORDERS,
    DISPUTES,
    SAMPLES
};

static void count_review(const struct world *world, const struct sim_event *event,
                         int64_t samples[SAMPLES])
{
    bool whole = true;

    for (int i = 0; i < SIM_ASPECTS; i++)
        whole = whole && event->review.stars[i] != 0;
    samples[REVIEWS] += whole && !event->review.by_default && event->review.edition == 1 &&
                        !buyer_is_busy(buyer_of(world, event->ref));
}

/* `opened` is the first step of the same ticket. */
static void count_step(const struct sim_event *opened, const struct sim_event *event,
                       int64_t samples[SAMPLES])
{
    int64_t in_day = event->time - day_start(day_of(event->time));

    samples[HANDLED] += is_step(event, 'A', "processed") && !says(event, "repaired");
    samples[AUDITED] += is_step(event, 'A', "audited");
    samples[RETURNS_RATED] += is_step(event, 'A', "rated") &&
                              (says(opened, "\"return\"") || says(opened, "\"exchange\""));
    samples[CHATS] += is_step(event, 'C', "opened") && event->step.session == 1 &&
                      in_day >= 9 * HOUR && in_day < 23 * HOUR && !says(event, "left_message");
    samples[REPLIES] += is_step(event, 'C', "replied") && says(event, "human");
    samples[CHATS_RATED] += is_step(event, 'C', "rated");
    samples[WORK_ORDERS] += is_step(event, 'W', "replied");
    samples[DISPUTES] += is_step(event, 'D', "closed");
}

static void assert_full(uint64_t seed, int64_t orders_per_day, int64_t until)
{
    struct told told = tell_demo(seed, orders_per_day, until);
    int64_t from = day_start(day_of(until) - WINDOW_DAYS + 1);
    int64_t samples[SAMPLES] = {0};
    size_t opened = 0;

    for (size_t i = 0; i < told.count; i++) {
        if (told.events[i].kind == SIM_REVIEWED && told.events[i].time >= from)
            count_review(&told.world, &told.events[i], samples);
    }
    keep_tickets(&told);
    for (size_t i = 0; i < told.count; i++) {
        if (told.events[i].step.number == 1)
            opened = i;
        if (told.events[i].time >= from)
            count_step(&told.events[opened], &told.events[i], samples);
    }
    free(told.events);
    for (int i = 0; i < SAMPLES; i++) {
        if (samples[i] < FULL_SAMPLE)
            fail_msg("seed %llu, %lld orders a day, until %lld: sample %d is %lld",
                     (unsigned long long)seed, (long long)orders_per_day, (long long)until, i,
                     (long long)samples[i]);
    }
}

static void test_demo__twenty_seeds__every_sample_full(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        assert_full(seed, 420, MONDAY + (int64_t)seed * 11 * HOUR);
}

static void test_demo__every_day_of_two_weeks__every_sample_full(void **state)
{
    (void)state;
    for (int day = 0; day < 14; day++)
        assert_full(1, 200, MONDAY + day * SECONDS_PER_DAY + day * HOUR);
}

/* --- stories --- */

/* A ticket begins with its opening and ends, if at all, closed, perhaps rated after that. Of a step
 * before can be nothing known only if its event comes late. */
static void test_tickets__each_step__in_order(void **state)
{
    struct told told = tell_demo(1, 420, MONDAY);
    size_t followed = 0;
    bool closed = false;

    (void)state;
    keep_tickets(&told);
    for (size_t i = 0; i < told.count; i++) {
        const struct sim_event *event = &told.events[i];
        const char *type = event->step.type;
        bool first = event->step.number == 1;

        assert_int_equal(first, strcmp(type, "opened") == 0);
        closed = !first && closed;
        if (!first && same_ticket(&event[-1], event) &&
            event[-1].step.number + 1 == event->step.number) {
            followed++;
            assert_true(event[-1].time <= event->time);
            assert_true(closed || strcmp(type, "rated") != 0);
        }
        if (strcmp(type, "closed") == 0 || strcmp(type, "reopened") == 0)
            closed = strcmp(type, "closed") == 0;
    }
    assert_true(followed > 10000);
    free(told.events);
}

/* Sessions of one order that a score takes for one: at most ten minutes apart. */
static void test_chats__some_buyers__come_back_within_ten_minutes(void **state)
{
    struct told told = tell_demo(1, 420, MONDAY);
    int soon = 0;
    int later = 0;
    int64_t closed = 0;

    (void)state;
    keep_tickets(&told);
    for (size_t i = 0; i < told.count; i++) {
        const struct sim_event *event = &told.events[i];

        if (is_step(event, 'C', "closed"))
            closed = event->time;
        if (!is_step(event, 'C', "opened") || event->step.session == 1)
            continue;
        if (event->time - closed <= 600)
            soon++;
        else
            later++;
    }
    free(told.events);
    assert_true(soon >= FULL_SAMPLE);
    assert_true(later >= FULL_SAMPLE);
}

/* Nobody reviews what has not come. */
static void test_reviews__each__after_the_delivery(void **state)
{
    struct told told = tell_demo(1, 420, MONDAY);
    int64_t(*delivered)[2][4096] = calloc(DAYS, sizeof *delivered);
    int32_t first_day = day_of(MONDAY) - DAYS + 1;
    size_t reviews = 0;

    (void)state;
    assert_non_null(delivered);
    for (size_t i = 0; i < told.count; i++) {
        const struct sim_event *event = &told.events[i];
        int64_t *at = &delivered[event->ref.day - first_day][event->ref.lane][event->ref.number];

        if (event->kind == SIM_DELIVERED && event->time > *at)
            *at = event->time;
    }
    for (size_t i = 0; i < told.count; i++) {
        const struct sim_event *event = &told.events[i];

        if (event->kind != SIM_REVIEWED)
            continue;
        assert_true(event->time >
                    delivered[event->ref.day - first_day][event->ref.lane][event->ref.number]);
        reviews++;
    }
    assert_true(reviews > 1000);
    free(delivered);
    free(told.events);
}

static void test_buyers__demo__many_once_some_again_few_beyond_the_limit(void **state)
{
    struct told told = tell_demo(1, 420, MONDAY);
    uint16_t *reviews = calloc(BUYERS_MAX, sizeof *reviews);
    int once = 0;
    int again = 0;
    int beyond = 0;

    (void)state;
    assert_non_null(reviews);
    for (size_t i = 0; i < told.count; i++) {
        if (told.events[i].kind == SIM_REVIEWED && !told.events[i].review.by_default)
            reviews[buyer_of(&told.world, told.events[i].ref)]++;
    }
    for (int i = 0; i < BUYERS_MAX; i++) {
        once += reviews[i] == 1;
        again += reviews[i] > 1;
        beyond += reviews[i] > REVIEWS_OF_ONE_BUYER;
    }
    assert_in_range(beyond, 1, 10);
    assert_true(again > 100);
    assert_true(once > again);
    free(reviews);
    free(told.events);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_demo__twenty_seeds__every_sample_full),
        cmocka_unit_test(test_demo__every_day_of_two_weeks__every_sample_full),
        cmocka_unit_test(test_tickets__each_step__in_order),
        cmocka_unit_test(test_chats__some_buyers__come_back_within_ten_minutes),
        cmocka_unit_test(test_reviews__each__after_the_delivery),
        cmocka_unit_test(test_buyers__demo__many_once_some_again_few_beyond_the_limit),
    };

    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("simulate/care", tests, NULL, NULL);
}
