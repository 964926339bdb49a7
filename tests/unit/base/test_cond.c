/* No wait here takes time: one limit has passed before it begins, the other is never reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/cond.h"

#define FAR_AHEAD_MS (INT64_C(3600) * 1000)

struct fixture {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool done;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fixture.done = false;
    pthread_mutex_init(&fixture.mutex, NULL);
    cond_init_monotonic(&fixture.cond);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    pthread_cond_destroy(&f->cond);
    pthread_mutex_destroy(&f->mutex);
    return 0;
}

static void test_cond_wait__limit_has_passed__is_false(void **state)
{
    struct fixture *f = *state;
    pthread_mutex_lock(&f->mutex);
    bool in_time = true;
    while (in_time)
        in_time = cond_wait_until_ms(&f->cond, &f->mutex, clock_monotonic_ms());
    pthread_mutex_unlock(&f->mutex);
    assert_false(in_time);
}

static void *signal_main(void *arg)
{
    struct fixture *f = arg;
    pthread_mutex_lock(&f->mutex);
    f->done = true;
    pthread_cond_signal(&f->cond);
    pthread_mutex_unlock(&f->mutex);
    return NULL;
}

static void test_cond_wait__signalled_before_the_limit__is_true(void **state)
{
    struct fixture *f = *state;
    int64_t until_ms = clock_monotonic_ms() + FAR_AHEAD_MS;
    pthread_t thread;
    bool in_time = true;
    pthread_mutex_lock(&f->mutex);
    int failed = pthread_create(&thread, NULL, signal_main, f);
    while (failed == 0 && !f->done && in_time)
        in_time = cond_wait_until_ms(&f->cond, &f->mutex, until_ms);
    pthread_mutex_unlock(&f->mutex);
    assert_int_equal(failed, 0);
    pthread_join(thread, NULL);
    assert_true(in_time);
    assert_true(f->done);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_cond_wait__limit_has_passed__is_false),
        unit(test_cond_wait__signalled_before_the_limit__is_true),
    };
    return cmocka_run_group_tests_name("base/cond", tests, NULL, NULL);
}
