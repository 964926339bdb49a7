/* Deadlines with a time of the test's own: the sweeper's clock starts far before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/deadline.h"

#define TIMEOUT_MS 1000
#define START_MS (INT64_C(1) << 60) /* no real clock gets there */

struct fixture {
    struct deadlines *all;
    struct deadline *deadline;
    int fds[2];
};

static int setup(void **state)
{
    static struct fixture fixture;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fixture.fds) != 0 ||
        deadlines_start(TIMEOUT_MS, &fixture.all) != ERR_OK)
        return -1;
    fixture.deadline = deadline_new(fixture.all, fixture.fds[0], START_MS);
    *state = &fixture;
    return fixture.deadline == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    deadline_free(f->deadline);
    deadlines_stop(f->all);
    close(f->fds[0]);
    close(f->fds[1]);
    return 0;
}

/* The peer reads the end of the stream once the socket is shut down. */
static bool is_cut(struct fixture *f)
{
    char byte;
    return read(f->fds[1], &byte, 1) == 0;
}

static void test_sweep__before_the_deadline__leaves(void **state)
{
    struct fixture *f = *state;
    deadlines_sweep(f->all, START_MS + TIMEOUT_MS - 1);
    assert_false(is_cut(f));
}

static void test_sweep__at_the_deadline__cuts(void **state)
{
    struct fixture *f = *state;
    deadlines_sweep(f->all, START_MS + TIMEOUT_MS);
    assert_true(is_cut(f));
}

static void test_sweep__restarted__counts_from_there(void **state)
{
    struct fixture *f = *state;
    deadline_restart(f->deadline, START_MS + 500);
    deadlines_sweep(f->all, START_MS + 500 + TIMEOUT_MS - 1);
    assert_false(is_cut(f));
    deadlines_sweep(f->all, START_MS + 500 + TIMEOUT_MS);
    assert_true(is_cut(f));
}

static void test_sweep__paused__never_cuts(void **state)
{
    struct fixture *f = *state;
    deadline_pause(f->deadline);
    deadlines_sweep(f->all, START_MS + 1000 * TIMEOUT_MS);
    assert_false(is_cut(f));
}

static void test_sweep__freed__does_not_touch_the_socket(void **state)
{
    struct fixture *f = *state;
    deadline_free(f->deadline);
    f->deadline = NULL;
    deadlines_sweep(f->all, START_MS + 1000 * TIMEOUT_MS);
    assert_false(is_cut(f));
}

static void test_cut__with_reset__is_an_error_to_the_peer(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    struct sockaddr *any = (struct sockaddr *)&address;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, any, len), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, any, &len), 0);
    for (int reset = 0; reset <= 1; reset++) {
        char byte;
        int client = socket(AF_INET, SOCK_STREAM, 0);
        assert_int_equal(connect(client, any, len), 0);
        int fd = accept(listening, NULL, NULL);
        struct deadline *deadline = deadline_new(f->all, fd, START_MS);
        deadline_set_reset(deadline, reset == 1);
        deadline_cut(deadline);
        errno = 0;
        assert_int_equal(recv(client, &byte, 1, 0), reset == 1 ? -1 : 0);
        assert_int_equal(errno, reset == 1 ? ECONNRESET : 0);
        deadline_free(deadline);
        close(fd);
        close(client);
    }
    close(listening);
}

static void test_free__in_the_middle_of_the_list__keeps_the_others(void **state)
{
    struct fixture *f = *state;
    struct deadline *second = deadline_new(f->all, f->fds[0], START_MS);
    struct deadline *third = deadline_new(f->all, f->fds[0], START_MS + 5000);
    deadline_free(second);
    deadline_free(third);
    deadlines_sweep(f->all, START_MS + TIMEOUT_MS);
    assert_true(is_cut(f));
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_sweep__before_the_deadline__leaves),
        unit(test_sweep__at_the_deadline__cuts),
        unit(test_cut__with_reset__is_an_error_to_the_peer),
        unit(test_sweep__restarted__counts_from_there),
        unit(test_sweep__paused__never_cuts),
        unit(test_sweep__freed__does_not_touch_the_socket),
        unit(test_free__in_the_middle_of_the_list__keeps_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
