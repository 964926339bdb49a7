/* Every wait is followed by exactly one resume, whenever the wake-up comes. The two functions of
 * libmicrohttpd are replaced by the linker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include <microhttpd.h>

#include "http/gate.h"

static atomic_int suspended; /* 1 between the two */
static atomic_int resumes;

void MHD_suspend_connection(struct MHD_Connection *connection)
{
    (void)connection;
    assert_int_equal(atomic_exchange(&suspended, 1), 0);
}

void MHD_resume_connection(struct MHD_Connection *connection)
{
    (void)connection;
    atomic_fetch_add(&resumes, 1);
    assert_int_equal(atomic_exchange(&suspended, 0), 1);
}

static int setup(void **state)
{
    static struct gate gate;
    atomic_store(&suspended, 0);
    atomic_store(&resumes, 0);
    gate_init(&gate, NULL);
    *state = &gate;
    return 0;
}

static void test_gate__wait_then_wake__resumes(void **state)
{
    gate_wait(*state);
    assert_int_equal(atomic_load(&suspended), 1);
    gate_wake(*state);
    assert_int_equal(atomic_load(&resumes), 1);
}

static void test_gate__wake_then_wait__resumes_at_once(void **state)
{
    gate_wake(*state);
    assert_int_equal(atomic_load(&resumes), 0);
    gate_wait(*state);
    assert_int_equal(atomic_load(&resumes), 1);
}

static void test_gate__two_wakes__count_once(void **state)
{
    gate_wake(*state);
    gate_wake(*state);
    gate_wait(*state);
    assert_int_equal(atomic_load(&resumes), 1);
    gate_wait(*state);
    assert_int_equal(atomic_load(&resumes), 1);
    assert_int_equal(atomic_load(&suspended), 1);
}

static void test_gate__second_wake_after_the_resume__is_for_the_next_wait(void **state)
{
    gate_wait(*state);
    gate_wake(*state);
    gate_wake(*state);
    assert_int_equal(atomic_load(&resumes), 1);
    gate_wait(*state);
    assert_int_equal(atomic_load(&resumes), 2);
}

#define ROUNDS 20000

static atomic_int rounds_open; /* waits that may be woken */

static void *waker_main(void *arg)
{
    for (int woken = 0; woken < ROUNDS; woken++) {
        while (atomic_load(&rounds_open) <= woken)
            sched_yield();
        gate_wake(arg);
    }
    return NULL;
}

static void test_gate__racing_waker__no_wait_is_lost(void **state)
{
    pthread_t waker;
    atomic_store(&rounds_open, 0);
    assert_int_equal(pthread_create(&waker, NULL, waker_main, *state), 0);
    for (int i = 0; i < ROUNDS; i++) {
        atomic_fetch_add(&rounds_open, 1);
        gate_wait(*state);
        while (atomic_load(&suspended) == 1)
            sched_yield();
    }
    pthread_join(waker, NULL);
    assert_int_equal(atomic_load(&resumes), ROUNDS);
}

#define unit(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_gate__wait_then_wake__resumes),
        unit(test_gate__wake_then_wait__resumes_at_once),
        unit(test_gate__two_wakes__count_once),
        unit(test_gate__second_wake_after_the_resume__is_for_the_next_wait),
        unit(test_gate__racing_waker__no_wait_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
