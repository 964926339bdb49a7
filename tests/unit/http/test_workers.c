/* The bounded queue of jobs: nothing is lost, nothing is run twice, and what does not fit is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "http/workers.h"

struct tally {
    atomic_int begun;
    atomic_int run;
    atomic_int cancelled;
    atomic_bool hold;
};

static void job(void *arg, bool cancelled)
{
    struct tally *tally = arg;
    if (cancelled) {
        atomic_fetch_add(&tally->cancelled, 1);
        return;
    }
    atomic_fetch_add(&tally->begun, 1);
    while (atomic_load(&tally->hold))
        sched_yield();
    atomic_fetch_add(&tally->run, 1);
}

static void wait_for(atomic_int *value, int expected)
{
    while (atomic_load(value) != expected)
        sched_yield();
}

static void *release_main(void *arg)
{
    struct tally *tally = arg;
    wait_for(&tally->cancelled, 3);
    atomic_store(&tally->hold, false);
    return NULL;
}

static void test_workers__queue_full__refuses(void **state)
{
    (void)state;
    struct tally tally = {.hold = true};
    struct workers *workers = NULL;
    assert_int_equal(workers_start(2, 3, &workers), ERR_OK);
    for (int i = 0; i < 2; i++) {
        assert_true(workers_submit(workers, job, &tally));
        wait_for(&tally.begun, i + 1);
    }
    for (int i = 0; i < 3; i++)
        assert_true(workers_submit(workers, job, &tally));
    assert_false(workers_submit(workers, job, &tally));
    atomic_store(&tally.hold, false);
    wait_for(&tally.run, 5);
    assert_true(workers_submit(workers, job, &tally));
    wait_for(&tally.run, 6);
    workers_stop(workers);
    workers_free(workers);
}

static void test_workers_stop__cancels_waiting_and_finishes_running(void **state)
{
    (void)state;
    struct tally tally = {.hold = true};
    struct workers *workers = NULL;
    pthread_t release;
    assert_int_equal(workers_start(1, 8, &workers), ERR_OK);
    assert_true(workers_submit(workers, job, &tally));
    wait_for(&tally.begun, 1);
    for (int i = 0; i < 3; i++)
        assert_true(workers_submit(workers, job, &tally));
    assert_int_equal(pthread_create(&release, NULL, release_main, &tally), 0);
    workers_stop(workers);
    pthread_join(release, NULL);
    assert_int_equal(atomic_load(&tally.run), 1);
    assert_int_equal(atomic_load(&tally.cancelled), 3);
    assert_false(workers_submit(workers, job, &tally));
    workers_free(workers);
}

struct producer {
    struct workers *workers;
    struct tally *tally;
    int accepted;
};

static void *producer_main(void *arg)
{
    struct producer *producer = arg;
    for (int i = 0; i < 2000; i++) {
        if (workers_submit(producer->workers, job, producer->tally))
            producer->accepted++;
    }
    return NULL;
}

static void test_workers__many_producers__run_each_accepted_job_once(void **state)
{
    (void)state;
    struct tally tally = {.hold = false};
    struct workers *workers = NULL;
    struct producer producers[3];
    pthread_t threads[3];
    int accepted = 0;
    assert_int_equal(workers_start(3, 7, &workers), ERR_OK);
    for (int i = 0; i < 3; i++) {
        producers[i] = (struct producer){workers, &tally, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, producer_main, &producers[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        accepted += producers[i].accepted;
    }
    workers_stop(workers);
    workers_free(workers);
    assert_true(accepted > 0);
    assert_int_equal(atomic_load(&tally.run) + atomic_load(&tally.cancelled), accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers__queue_full__refuses),
        cmocka_unit_test(test_workers_stop__cancels_waiting_and_finishes_running),
        cmocka_unit_test(test_workers__many_producers__run_each_accepted_job_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
