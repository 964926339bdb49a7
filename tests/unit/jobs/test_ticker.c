/* Nothing here waits for the clock: periods are over at once, or never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <semaphore.h>

#include "jobs/ticker.h"

#define NEVER_MS (INT64_C(3600) * 1000)

struct fixture {
    struct ticker ticker;
    sem_t ticked, go;
    int count, woken;
};

static void tick(void *arg, bool woken)
{
    struct fixture *f = arg;
    f->count++;
    f->woken += woken;
    sem_post(&f->ticked);
    sem_wait(&f->go);
}

static int setup(void **state)
{
    static struct fixture fixture;
    fixture.count = fixture.woken = 0;
    sem_init(&fixture.ticked, 0, 0);
    sem_init(&fixture.go, 0, 0);
    ticker_init(&fixture.ticker);
    *state = &fixture;
    return 0;
}

/* Ends the thread, whether it waits for the period or is within a tick. */
static int teardown(void **state)
{
    struct fixture *f = *state;
    ticker_stop(&f->ticker);
    sem_post(&f->go);
    ticker_done(&f->ticker);
    sem_destroy(&f->ticked);
    sem_destroy(&f->go);
    return 0;
}

static void test_ticker__started__ticks_at_once_and_every_period(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ticker_start(&f->ticker, 0, tick, f), ERR_OK);
    for (int i = 1; i <= 3; i++) {
        sem_wait(&f->ticked);
        assert_int_equal(f->count, i);
        assert_int_equal(f->woken, 0);
        if (i < 3)
            sem_post(&f->go);
    }
}

static void test_ticker__woken_within_a_tick__ticks_once_more(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ticker_start(&f->ticker, NEVER_MS, tick, f), ERR_OK);
    sem_wait(&f->ticked);
    ticker_wake(&f->ticker);
    ticker_wake(&f->ticker);
    sem_post(&f->go);
    sem_wait(&f->ticked);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->woken, 1);
}

static void test_ticker__stopped_within_a_tick__is_the_last(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ticker_start(&f->ticker, 0, tick, f), ERR_OK);
    sem_wait(&f->ticked);
    assert_false(ticker_stops(&f->ticker));
    ticker_stop(&f->ticker);
    assert_true(ticker_stops(&f->ticker));
    sem_post(&f->go);
    ticker_done(&f->ticker);
    assert_int_equal(f->count, 1);
    ticker_init(&f->ticker); /* for the teardown */
}

static void test_ticker__never_started__is_done(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->count, 0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_ticker__started__ticks_at_once_and_every_period),
        unit(test_ticker__woken_within_a_tick__ticks_once_more),
        unit(test_ticker__stopped_within_a_tick__is_the_last),
        unit(test_ticker__never_started__is_done),
    };
    return cmocka_run_group_tests_name("jobs/ticker", tests, NULL, NULL);
}
