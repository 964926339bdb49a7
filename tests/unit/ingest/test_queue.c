/* Order, bound, closing, and many threads at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "ingest/queue.h"
#include "ingest/submission.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Submissions of which the queue reads the count alone. */
static void number(struct submission *submissions, size_t n, size_t events)
{
    memset(submissions, 0, n * sizeof *submissions);
    for (size_t i = 0; i < n; i++)
        submissions[i].count = events;
}

/* Whether `taken` is the `n` submissions from `first` on, and nothing else. */
static void assert_taken(const struct submission *taken, const struct submission *first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(taken, &first[i]);
        taken = taken->next;
    }
    assert_null(taken);
}

static void test_queue_take__several__come_in_the_order_of_their_pushing(void **state)
{
    (void)state;
    struct queue *queue = queue_new(100, SIZE_MAX);
    struct submission submissions[5];
    number(submissions, 5, 2);
    for (size_t i = 0; i < 5; i++)
        assert_true(queue_push(queue, &submissions[i], NULL));
    assert_int_equal(queue_events(queue), 10);
    assert_taken(queue_take(queue, 100), submissions, 5);
    assert_int_equal(queue_events(queue), 0);
    queue_free(queue);
}

/* Whole submissions, until they hold enough. */
static void test_queue_take__enough__leaves_the_rest_in_order(void **state)
{
    (void)state;
    struct queue *queue = queue_new(100, SIZE_MAX);
    struct submission submissions[6];
    number(submissions, 6, 3);
    for (size_t i = 0; i < 5; i++)
        assert_true(queue_push(queue, &submissions[i], NULL));
    assert_taken(queue_take(queue, 6), submissions, 2);
    assert_int_equal(queue_events(queue), 9);
    assert_taken(queue_take(queue, 1), submissions + 2, 1);
    assert_true(queue_push(queue, &submissions[5], NULL));
    assert_taken(queue_take(queue, 4), submissions + 3, 2);
    assert_taken(queue_take(queue, 100), submissions + 5, 1);
    assert_int_equal(queue_events(queue), 0);

    /* and it is whole again after having been emptied */
    assert_true(queue_push(queue, &submissions[0], NULL));
    queue_close(queue); /* so that nothing here could wait for ever */
    assert_taken(queue_take(queue, 100), submissions, 1);
    queue_free(queue);
}

static void test_queue_push__full__is_refused_and_untouched(void **state)
{
    (void)state;
    struct queue *queue = queue_new(10, SIZE_MAX);
    struct submission submissions[4];
    number(submissions, 4, 4);
    assert_true(queue_push(queue, &submissions[0], NULL));
    assert_true(queue_push(queue, &submissions[1], NULL));
    assert_false(queue_push(queue, &submissions[2], NULL)); /* 12 of 10 */
    assert_int_equal(queue_events(queue), 8);
    submissions[3].count = 2;
    assert_true(queue_push(queue, &submissions[3], NULL)); /* exactly full */
    assert_int_equal(queue_events(queue), 10);
    struct submission *taken = queue_take(queue, 4);
    assert_taken(taken, submissions, 1);
    assert_true(queue_push(queue, &submissions[2], NULL)); /* there is room again */
    taken = queue_take(queue, 100);
    assert_ptr_equal(taken, &submissions[1]);
    assert_ptr_equal(taken->next, &submissions[3]);
    assert_ptr_equal(taken->next->next, &submissions[2]);
    queue_free(queue);
}

static void test_queue_push__larger_than_the_bound__fits_an_empty_queue_only(void **state)
{
    (void)state;
    struct queue *queue = queue_new(10, SIZE_MAX);
    struct submission submissions[2];
    number(submissions, 2, 1000);
    assert_true(queue_push(queue, &submissions[0], NULL));
    assert_false(queue_push(queue, &submissions[1], NULL));
    assert_taken(queue_take(queue, 1), submissions, 1);
    assert_true(queue_push(queue, &submissions[1], NULL));
    queue_close(queue);
    assert_taken(queue_take(queue, 1), submissions + 1, 1);
    queue_free(queue);
}

static void test_queue_close__pushes_end_and_what_is_queued_can_be_taken(void **state)
{
    (void)state;
    struct queue *queue = queue_new(10, SIZE_MAX);
    struct submission submissions[3];
    number(submissions, 3, 1);
    assert_true(queue_push(queue, &submissions[0], NULL));
    assert_true(queue_push(queue, &submissions[1], NULL));
    queue_close(queue);
    assert_false(queue_push(queue, &submissions[2], NULL));
    assert_taken(queue_take(queue, 1), submissions, 1);
    assert_taken(queue_take(queue, 1), submissions + 1, 1);
    assert_null(queue_take(queue, 1));
    assert_null(queue_take(queue, 1));
    assert_false(queue_push(queue, &submissions[2], NULL)); /* empty, and closed all the same */
    queue_free(queue);
}

static void *take_one(void *arg)
{
    return queue_take(arg, 1);
}

/* Whether the taker is already asleep or comes late, it has to return. */
static void test_queue_take__waiting__is_woken_by_a_push_and_by_the_end(void **state)
{
    (void)state;
    struct queue *queue = queue_new(10, SIZE_MAX);
    struct submission submission;
    number(&submission, 1, 1);
    pthread_t taker;
    void *taken = NULL;
    assert_int_equal(pthread_create(&taker, NULL, take_one, queue), 0);
    assert_true(queue_push(queue, &submission, NULL));
    assert_int_equal(pthread_join(taker, &taken), 0);
    assert_ptr_equal(taken, &submission);

    assert_int_equal(pthread_create(&taker, NULL, take_one, queue), 0);
    queue_close(queue);
    assert_int_equal(pthread_join(taker, &taken), 0);
    assert_null(taken);
    queue_free(queue);
}

/* --- many threads --- */

#define PRODUCERS 4
#define EACH 2000
#define BOUND 20

struct producer {
    struct queue *queue;
    struct submission submissions[EACH];
    pthread_t thread;
    size_t refused;
};

static void *produce(void *arg)
{
    struct producer *producer = arg;
    for (size_t i = 0; i < EACH; i++)
        while (!queue_push(producer->queue, &producer->submissions[i], NULL)) {
            producer->refused++;
            sched_yield();
        }
    return NULL;
}

/* Everything comes once, each producer's in its order, and never more than the bound is queued. */
static void test_queue__several_producers__nothing_is_lost_or_turned_round(void **state)
{
    (void)state;
    static struct producer producers[PRODUCERS];
    struct queue *queue = queue_new(BOUND, SIZE_MAX);
    for (size_t p = 0; p < PRODUCERS; p++) {
        producers[p] = (struct producer){.queue = queue};
        for (size_t i = 0; i < EACH; i++) {
            producers[p].submissions[i].count = 1 + i % 3;
            producers[p].submissions[i].owner = &producers[p];
        }
        assert_int_equal(pthread_create(&producers[p].thread, NULL, produce, &producers[p]), 0);
    }
    size_t next[PRODUCERS] = {0};
    for (size_t left = PRODUCERS * EACH; left > 0;) {
        assert_in_range(queue_events(queue), 0, BOUND);
        size_t events = 0, last = 0;
        for (struct submission *s = queue_take(queue, 7); s != NULL; s = s->next) {
            size_t p = (size_t)((struct producer *)s->owner - producers);
            assert_in_range(p, 0, PRODUCERS - 1);
            assert_ptr_equal(s, &producers[p].submissions[next[p]]);
            next[p]++;
            left--;
            last = s->count;
            events += last;
        }
        assert_in_range(events - last, 0, 6); /* it stops once it has enough */
    }
    for (size_t p = 0; p < PRODUCERS; p++) {
        pthread_join(producers[p].thread, NULL);
        assert_int_equal(next[p], EACH);
    }
    assert_int_equal(queue_events(queue), 0);
    queue_free(queue);
}

struct closing {
    struct queue *queue;
    struct submission submissions[EACH];
    size_t pushed;
    pthread_t thread;
};

static void *produce_until_closed(void *arg)
{
    struct closing *closing = arg;
    while (closing->pushed < EACH &&
           queue_push(closing->queue, &closing->submissions[closing->pushed], NULL))
        closing->pushed++;
    return NULL;
}

static void *close_it(void *arg)
{
    queue_close(arg);
    return NULL;
}

/* What was accepted before the close is taken, what was refused is not. */
static void test_queue_close__while_others_push__takes_exactly_what_was_accepted(void **state)
{
    (void)state;
    static struct closing closing[PRODUCERS];
    for (int round = 0; round < 50; round++) {
        struct queue *queue = queue_new(PRODUCERS * EACH, SIZE_MAX);
        pthread_t closer;
        for (size_t p = 0; p < PRODUCERS; p++) {
            closing[p].queue = queue;
            closing[p].pushed = 0;
            number(closing[p].submissions, EACH, 1);
            assert_int_equal(
                pthread_create(&closing[p].thread, NULL, produce_until_closed, &closing[p]), 0);
        }
        assert_int_equal(pthread_create(&closer, NULL, close_it, queue), 0);
        size_t taken = 0, pushed = 0;
        for (struct submission *s; (s = queue_take(queue, 3)) != NULL;)
            for (; s != NULL; s = s->next)
                taken++;
        for (size_t p = 0; p < PRODUCERS; p++) {
            pthread_join(closing[p].thread, NULL);
            pushed += closing[p].pushed;
        }
        pthread_join(closer, NULL);
        assert_int_equal(taken, pushed);
        assert_int_equal(queue_events(queue), 0);
        queue_free(queue);
    }
}

/* --- waiting for room --- */

struct counted {
    struct queue_waiter waiter; /* first, so that one points to the other */
    int woken;
};

static void count_wake(struct queue_waiter *waiter)
{
    ((struct counted *)waiter)->woken++;
}

static void test_queue_push__full_with_a_waiter__wakes_it_once_when_there_is_room(void **state)
{
    (void)state;
    struct queue *queue = queue_new(2, SIZE_MAX);
    struct counted counted = {.waiter.wake = count_wake};
    struct submission submissions[3];
    number(submissions, 3, 2);
    assert_true(queue_push(queue, &submissions[0], &counted.waiter)); /* nothing to wait for */
    assert_false(queue_push(queue, &submissions[1], &counted.waiter));
    assert_false(queue_push(queue, &submissions[1], &counted.waiter)); /* waits only once */
    assert_int_equal(counted.woken, 0);
    assert_taken(queue_take(queue, 100), submissions, 1);
    assert_int_equal(counted.woken, 1);
    assert_true(queue_push(queue, &submissions[1], &counted.waiter));
    assert_taken(queue_take(queue, 100), &submissions[1], 1);
    assert_int_equal(counted.woken, 1);
    queue_free(queue);
}

static void test_queue_forget__while_waiting__is_not_woken(void **state)
{
    (void)state;
    struct queue *queue = queue_new(2, SIZE_MAX);
    struct counted gone = {.waiter.wake = count_wake}, stays = {.waiter.wake = count_wake};
    struct submission submissions[3];
    number(submissions, 3, 2);
    assert_true(queue_push(queue, &submissions[0], NULL));
    assert_false(queue_push(queue, &submissions[1], &gone.waiter));
    assert_false(queue_push(queue, &submissions[2], &stays.waiter));
    queue_forget(queue, &gone.waiter);
    assert_taken(queue_take(queue, 100), submissions, 1);
    assert_int_equal(gone.woken, 0);
    assert_int_equal(stays.woken, 1);
    queue_free(queue);
}

static void test_queue_push__more_bytes_than_the_bound__is_refused(void **state)
{
    (void)state;
    struct queue *queue = queue_new(SIZE_MAX, 1000);
    struct submission submissions[3];
    number(submissions, 3, 1);
    for (size_t i = 0; i < 3; i++)
        submissions[i].arena.used = 600;
    assert_true(queue_push(queue, &submissions[0], NULL));
    assert_false(queue_push(queue, &submissions[1], NULL)); /* 1200 of 1000 */
    submissions[2].arena.used = 400;
    assert_true(queue_push(queue, &submissions[2], NULL)); /* exactly full */
    assert_taken(queue_take(queue, 100), submissions, 1);  /* a quarter of the bytes is enough */
    assert_true(queue_push(queue, &submissions[1], NULL)); /* there is room again */
    struct submission *taken = queue_take(queue, 100);
    assert_ptr_equal(taken, &submissions[2]);
    assert_taken(queue_take(queue, 100), &submissions[1], 1);
    queue_free(queue);
}

#define unit cmocka_unit_test

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_queue_take__several__come_in_the_order_of_their_pushing),
        unit(test_queue_take__enough__leaves_the_rest_in_order),
        unit(test_queue_push__full__is_refused_and_untouched),
        unit(test_queue_push__larger_than_the_bound__fits_an_empty_queue_only),
        unit(test_queue_close__pushes_end_and_what_is_queued_can_be_taken),
        unit(test_queue_take__waiting__is_woken_by_a_push_and_by_the_end),
        unit(test_queue__several_producers__nothing_is_lost_or_turned_round),
        unit(test_queue_push__full_with_a_waiter__wakes_it_once_when_there_is_room),
        unit(test_queue_forget__while_waiting__is_not_woken),
        unit(test_queue_push__more_bytes_than_the_bound__is_refused),
        unit(test_queue_close__while_others_push__takes_exactly_what_was_accepted),
    };
    return cmocka_run_group_tests_name("ingest/queue", tests, NULL, NULL);
}
