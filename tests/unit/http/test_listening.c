/* Streams that hold no worker, over real sockets, with a fake that says what the test wants.
 * Nothing here depends on how long things take: every wait is for a condition, and a wait that does
 * not end fails the test after PATIENCE_MS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "fake_api.h"
#include "http/server.h"

#define PATIENCE_MS 20000
#define KEY "Host: h\r\nAuthorization: Bearer known\r\n"
#define GET_NOTES "GET /v1/notes HTTP/1.1\r\n" KEY "\r\n"
#define HEAD_NOTES "HEAD /v1/notes HTTP/1.1\r\n" KEY "\r\n"
#define GET_NOTES_OLD "GET /v1/notes HTTP/1.0\r\n" KEY "\r\n"
#define GET_WORK "GET /v1/work HTTP/1.1\r\n" KEY "Connection: close\r\n\r\n"
#define CLIENTS 40

static struct http_server *server;

static int start_server(unsigned timeout_s)
{
    struct http_config config = {
        .host = "127.0.0.1",
        .threads = 1, /* who holds it holds everybody */
        .workers = 1, /* likewise */
        .slow_workers = 1,
        .queue_max = 64,
        .max_connections = 400,
        .request_timeout_s = timeout_s,
    };
    fake_api_reset();
    return http_server_start(&config, NULL, &server) == ERR_OK ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    return start_server(60);
}

static int setup_impatient(void **state)
{
    (void)state;
    return start_server(1);
}

static int teardown(void **state)
{
    (void)state;
    http_server_stop(server, 0);
    assert_int_equal(atomic_load(&fake_api.listening), 0);
    return 0;
}

/* --- a client --- */

static int ask(const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* Appends what has come; false at the end of the connection. */
static bool hear_some(int fd, struct buf *heard)
{
    char data[16 * 1024];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n > 0)
        buf_append(heard, data, (size_t)n);
    return n > 0;
}

static void hear_until(int fd, const char *text, struct buf *heard)
{
    while (strstr(buf_text(heard), text) == NULL)
        if (!hear_some(fd, heard))
            fail_msg("closed after \"%s\"", buf_text(heard));
}

static void hear_all(int fd, struct buf *heard)
{
    while (hear_some(fd, heard))
        ;
    close(fd);
}

static void wait_for(atomic_int *value, int expected)
{
    for (int ms = 0; atomic_load(value) != expected; ms++) {
        if (ms == PATIENCE_MS)
            fail_msg("still %d, not %d", atomic_load(value), expected);
        poll(NULL, 0, 1);
    }
}

/* --- tests --- */

static void test_listening__text__comes_when_it_is_said(void **state)
{
    (void)state;
    AUTO_BUF struct buf heard;
    buf_init(&heard, 1 << 20);
    int fd = ask(GET_NOTES);
    wait_for(&fake_api.listening, 1);
    hear_until(fd, "\r\n\r\n", &heard); /* the head, before anything is said */
    assert_non_null(strstr(buf_text(&heard), "text/event-stream"));
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "note %d\n\n", i);
        fake_notes_say(text);
        hear_until(fd, text, &heard);
    }
    fake_notes_end();
    hear_until(fd, "\r\n0\r\n\r\n", &heard);
    close(fd);
}

static void test_listening__many__hold_no_worker(void **state)
{
    (void)state;
    static const char *const requests[] = {GET_NOTES, GET_NOTES_OLD};
    int fds[CLIENTS];
    AUTO_BUF struct buf work;
    buf_init(&work, 1 << 20);
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = ask(requests[i % 2]);
    wait_for(&fake_api.listening, CLIENTS);
    int fd = ask(GET_WORK);
    hear_all(fd, &work);
    assert_non_null(strstr(buf_text(&work), "200 OK"));
    fake_notes_say("one\n\n");
    for (int i = 0; i < CLIENTS; i++) {
        AUTO_BUF struct buf heard;
        buf_init(&heard, 1 << 20);
        hear_until(fds[i], "one\n\n", &heard);
        close(fds[i]);
    }
    /* The first text after it tells that a client has gone, the second one meets that. */
    for (int ms = 0; atomic_load(&fake_api.listening) > 0; ms++) {
        assert_true(ms < PATIENCE_MS);
        fake_notes_say("two\n\n");
        poll(NULL, 0, 1);
    }
}

static void test_listening__head__is_the_head_alone(void **state)
{
    (void)state;
    AUTO_BUF struct buf heard;
    buf_init(&heard, 1 << 20);
    hear_all(ask(HEAD_NOTES), &heard);
    const char *end = strstr(buf_text(&heard), "\r\n\r\n");
    assert_non_null(end);
    assert_string_equal(end, "\r\n\r\n");
    wait_for(&fake_api.listening, 0);
}

/* The client's time runs while there is something that it does not take. */
static void test_listening__client_that_does_not_read__is_cut(void **state)
{
    (void)state;
    static char text[1024 * 1024];
    memset(text, 'x', sizeof text - 1);
    int fd = ask(GET_NOTES);
    wait_for(&fake_api.listening, 1);
    for (int i = 0; i < 24; i++) /* more than all buffers in between */
        fake_notes_say(text);
    wait_for(&fake_api.listening, 0);
    close(fd);
}

/* Its time does not run while there is nothing to take: it outlives another one, whose time, the
 * same, has begun later. */
static void test_listening__silence__is_waited_for(void **state)
{
    (void)state;
    AUTO_BUF struct buf heard;
    AUTO_BUF struct buf idle;
    buf_init(&heard, 1 << 20);
    buf_init(&idle, 1 << 20);
    int fd = ask(GET_NOTES);
    wait_for(&fake_api.listening, 1);
    hear_all(ask("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"), &idle);
    fake_notes_say("still here\n\n");
    hear_until(fd, "still here\n\n", &heard);
    close(fd);
}

static void *stop_main(void *arg)
{
    http_server_stop(server, *(int *)arg);
    return NULL;
}

static void test_stop__listener_that_ends__is_an_orderly_end(void **state)
{
    (void)state;
    AUTO_BUF struct buf heard;
    int grace_ms = PATIENCE_MS;
    pthread_t thread;
    buf_init(&heard, 1 << 20);
    int fd = ask(GET_NOTES);
    wait_for(&fake_api.listening, 1);
    assert_int_equal(pthread_create(&thread, NULL, stop_main, &grace_ms), 0);
    fake_notes_say("last\n\n");
    fake_notes_end();
    hear_all(fd, &heard);
    pthread_join(thread, NULL);
    assert_non_null(strstr(buf_text(&heard), "last\n\n\r\n0\r\n\r\n"));
}

static void test_stop__grace_over__breaks_listeners_off(void **state)
{
    (void)state;
    AUTO_BUF struct buf heard;
    buf_init(&heard, 1 << 20);
    int fd = ask(GET_NOTES);
    hear_until(fd, "\r\n\r\n", &heard);
    http_server_stop(server, 0);
    hear_all(fd, &heard);
    assert_null(strstr(buf_text(&heard), "\r\n0\r\n\r\n")); /* no end that looks like one */
    assert_int_equal(atomic_load(&fake_api.listening), 0);
}

#define unit(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define unit_impatient(test) cmocka_unit_test_setup_teardown(test, setup_impatient, teardown)
#define unit_stop(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_listening__text__comes_when_it_is_said),
        unit(test_listening__many__hold_no_worker),
        unit(test_listening__head__is_the_head_alone),
        unit_impatient(test_listening__client_that_does_not_read__is_cut),
        unit_impatient(test_listening__silence__is_waited_for),
        unit_stop(test_stop__listener_that_ends__is_an_orderly_end),
        unit_stop(test_stop__grace_over__breaks_listeners_off),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
