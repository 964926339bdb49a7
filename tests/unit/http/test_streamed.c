/* Streamed answers over real sockets, with a fake handler that writes a table. Nothing here depends
 * on how long things take: every wait is for a condition, and a wait that does not end fails the
 * test after PATIENCE_MS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "fake_api.h"
#include "http/server.h"

#define PATIENCE_MS 20000
#define KEY "Host: h\r\nAuthorization: Bearer known\r\n"
#define GET_TABLE "GET /v1/table HTTP/1.1\r\n" KEY "\r\n"
#define GET_TABLE_LAST "GET /v1/table HTTP/1.1\r\n" KEY "Connection: close\r\n\r\n"
#define GET_TABLE_OLD "GET /v1/table HTTP/1.0\r\n" KEY "\r\n"
#define GET_LIVEZ "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
#define MIB (1024 * 1024)
/* More than all buffers between the handler and a client that does not read. */
#define TABLE_BYTES ((size_t)64 * MIB)
#define BUFFERS_BYTES ((size_t)24 * MIB)
#define SMALL_WINDOW (64 * 1024)

static struct http_server *server;

static int start_server(unsigned timeout_s)
{
    struct http_config config = {
        .host = "127.0.0.1",
        .threads = 1, /* who holds it holds everybody */
        .workers = 2,
        .slow_workers = 1,
        .queue_max = 4,
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

static void stop_server(int grace_ms)
{
    http_server_stop(server, grace_ms);
    server = NULL;
}

static int teardown(void **state)
{
    (void)state;
    atomic_store(&fake_api.hold, false);
    stop_server(PATIENCE_MS);
    return 0;
}

/* --- a client --- */

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int window = SMALL_WINDOW;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int ask(const char *request)
{
    int fd = dial();
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* Appends what has come; false at the end of the connection, with the reason in *ret_errno (0: an
 * orderly one). */
static bool hear_some(int fd, struct buf *heard, int *ret_errno)
{
    char data[16 * 1024];
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    ssize_t n = recv(fd, data, sizeof data, 0);
    *ret_errno = n < 0 ? errno : 0;
    if (n > 0)
        buf_append(heard, data, (size_t)n);
    return n > 0;
}

/* Everything up to the end of the connection; closes it and gives its error. */
static int hear_all(int fd, struct buf *heard)
{
    int error = 0;
    buf_init(heard, 2 * TABLE_BYTES);
    while (hear_some(fd, heard, &error))
        ;
    close(fd);
    assert_false(buf_failed(heard));
    return error;
}

/* Reads until `text` has come. */
static void hear_until(int fd, const char *text, struct buf *heard)
{
    int error = 0;
    buf_init(heard, 2 * TABLE_BYTES);
    while (strstr(buf_text(heard), text) == NULL) {
        if (!hear_some(fd, heard, &error))
            fail_msg("closed after \"%s\"", buf_text(heard));
    }
}

static void assert_has(const struct buf *heard, const char *part)
{
    if (strcasestr(buf_text(heard), part) == NULL)
        fail_msg("no \"%s\" in \"%.1000s\"", part, buf_text(heard));
}

static void assert_lacks(const struct buf *heard, const char *part)
{
    if (strcasestr(buf_text(heard), part) != NULL)
        fail_msg("\"%s\" in \"%.1000s\"", part, buf_text(heard));
}

static void wait_for(atomic_int *value, int expected)
{
    for (int ms = 0; atomic_load(value) != expected; ms++) {
        if (ms == PATIENCE_MS)
            fail_msg("still %d, not %d", atomic_load(value), expected);
        poll(NULL, 0, 1);
    }
}

/* Until the buffers between handler and client are full. A guess that comes too early makes a test
 * weaker, and cannot fail it. */
static void wait_until_stuck(void)
{
    size_t before;
    do {
        before = atomic_load(&fake_api.poured);
        poll(NULL, 0, 50);
    } while (before == 0 || atomic_load(&fake_api.poured) != before);
}

static void expect_alive(void)
{
    struct buf heard;
    int fd = ask(GET_LIVEZ);
    hear_until(fd, "\r\n\r\nalive", &heard);
    buf_done(&heard);
    close(fd);
}

static const char *body_of(const struct buf *heard)
{
    const char *end = strstr(buf_text(heard), "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

/* Takes the chunks of the body apart in place (RFC 9112, 7.1). false: the last one, of length 0, is
 * missing. */
static bool join_chunks(struct buf *heard, char **ret_data, size_t *ret_len)
{
    char *data = strstr(heard->data, "\r\n\r\n") + 4;
    const char *end = heard->data + heard->len;
    char *out = data;
    *ret_data = data;
    for (char *in = data;;) {
        char *text;
        size_t len = strtoul(in, &text, 16);
        *ret_len = (size_t)(out - data);
        if (text == in || strncmp(text, "\r\n", 2) != 0)
            return false;
        in = text + 2;
        if (len == 0)
            return strcmp(in, "\r\n") == 0;
        if ((size_t)(end - in) < len + 2)
            return false;
        memmove(out, in, len);
        out += len;
        in += len + 2;
    }
}

static void assert_is_table(const char *data, size_t len, size_t expected_len)
{
    char line[FAKE_LINE_SIZE + 8];
    assert_int_equal(len, expected_len);
    for (size_t at = 0; at < len; at += FAKE_LINE_SIZE) {
        snprintf(line, sizeof line, "%015zu\n", at / FAKE_LINE_SIZE);
        if (memcmp(data + at, line, FAKE_LINE_SIZE) != 0)
            fail_msg("wrong at byte %zu", at);
    }
}

/* --- whole --- */

static void test_streamed__many_pieces__arrive_whole(void **state)
{
    (void)state;
    struct buf heard;
    size_t bytes = (size_t)MIB + 48, len;
    char *body;
    atomic_store(&fake_api.table_bytes, bytes);
    assert_int_equal(hear_all(ask(GET_TABLE_LAST), &heard), 0);
    assert_has(&heard, "HTTP/1.1 200 ");
    assert_has(&heard, "\r\nTransfer-Encoding: chunked\r\n");
    assert_has(&heard, "\r\nContent-Type: text/csv\r\n");
    assert_has(&heard, "\r\nX-Request-Id: ");
    assert_lacks(&heard, "\r\nContent-Length: ");
    assert_true(join_chunks(&heard, &body, &len));
    assert_is_table(body, len, bytes);
    assert_int_equal(atomic_load(&fake_api.table_errors), 0);
    buf_done(&heard);
}

/* What the handler is ahead of the client is never more than the buffers between them. */
static void test_streamed__slow_reader__bounds_the_handler(void **state)
{
    (void)state;
    struct buf heard;
    size_t read = 0;
    int error = 0;
    buf_init(&heard, MIB);
    atomic_store(&fake_api.table_bytes, TABLE_BYTES);
    int fd = ask(GET_TABLE_OLD); /* without chunks, so that bytes can be compared */
    expect_alive();
    while (hear_some(fd, &heard, &error)) {
        read += heard.len;
        buf_clear(&heard);
        assert_true(atomic_load(&fake_api.poured) <= read + BUFFERS_BYTES);
    }
    assert_int_equal(error, 0);
    assert_true(read > TABLE_BYTES && read < TABLE_BYTES + 4096); /* with the head */
    buf_done(&heard);
    close(fd);
}

static void test_streamed__old_client__gets_the_body_up_to_the_end(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, MIB);
    assert_int_equal(hear_all(ask(GET_TABLE_OLD), &heard), 0);
    assert_lacks(&heard, "\r\nTransfer-Encoding: ");
    assert_lacks(&heard, "\r\nContent-Length: ");
    assert_is_table(body_of(&heard), strlen(body_of(&heard)), MIB);
    buf_done(&heard);
}

static void test_streamed__below_a_piece__is_an_ordinary_answer(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, 48);
    assert_int_equal(hear_all(ask(GET_TABLE_LAST), &heard), 0);
    assert_has(&heard, "\r\nContent-Length: 48\r\n");
    assert_is_table(body_of(&heard), strlen(body_of(&heard)), 48);
    buf_done(&heard);
}

static void test_streamed__head__is_the_head_alone(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, TABLE_BYTES);
    assert_int_equal(hear_all(ask("HEAD /v1/table HTTP/1.1\r\n" KEY "\r\n"), &heard), 0);
    assert_has(&heard, "HTTP/1.1 200 ");
    assert_string_equal(body_of(&heard), "");
    assert_lacks(&heard, "Content-Length"); /* nobody knows it */
    wait_for(&fake_api.answered, 1);        /* the handler has noticed */
    buf_done(&heard);
}

static void test_streamed__connection__takes_the_next_request(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, MIB);
    int fd = ask(GET_TABLE GET_TABLE GET_LIVEZ);
    hear_until(fd, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", &heard);
    buf_done(&heard);
    hear_until(fd, "\r\n\r\nalive", &heard);
    buf_done(&heard);
    assert_int_equal(atomic_load(&fake_api.table_errors), 0);
    close(fd);
}

static void test_streamed__client_that_does_not_read__holds_nobody_else(void **state)
{
    (void)state;
    atomic_store(&fake_api.table_bytes, TABLE_BYTES);
    int fd = ask(GET_TABLE);
    wait_for(&fake_api.working, 1);
    for (int i = 0; i < 10; i++)
        expect_alive();
    assert_int_equal(atomic_load(&fake_api.answered), 0);
    close(fd);
    wait_for(&fake_api.table_errors, 1);
}

/* --- broken --- */

static void leave(int fd, bool reset)
{
    struct linger linger = {1, 0};
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

static void test_streamed__client_gone__ends_the_handler(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, TABLE_BYTES);
    for (int i = 0; i < 6; i++) {
        int fd = ask(i % 3 == 0 ? GET_TABLE_OLD : GET_TABLE);
        wait_for(&fake_api.working, 1); /* a reset would overtake the request */
        if (i % 2 == 0) {               /* in the middle; otherwise before anything is read */
            hear_until(fd, "\n000000000000001\n", &heard);
            buf_done(&heard);
        }
        leave(fd, i % 3 == 1);
        wait_for(&fake_api.table_errors, i + 1);
        wait_for(&fake_api.answered, i + 1);
    }
    expect_alive();
}

static void expect_broken(const char *request)
{
    struct buf heard;
    int error = hear_all(ask(request), &heard);
    assert_has(&heard, " 200 ");
    assert_int_equal(error, ECONNRESET);
    assert_lacks(&heard, "\r\n0\r\n\r\n");
    buf_done(&heard);
}

static void test_streamed__handler_fails__breaks_the_answer_off(void **state)
{
    (void)state;
    atomic_store(&fake_api.table_bytes, MIB);
    atomic_store(&fake_api.table_fails, true);
    expect_broken(GET_TABLE);
    expect_broken(GET_TABLE_LAST);
    expect_broken(GET_TABLE_OLD);
    wait_for(&fake_api.table_errors, 3);
    expect_alive();
}

static void test_streamed__handler_fails_below_a_piece__is_a_problem(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, 48);
    atomic_store(&fake_api.table_fails, true);
    assert_int_equal(hear_all(ask(GET_TABLE_LAST), &heard), 0);
    assert_has(&heard, "HTTP/1.1 500 ");
    assert_has(&heard, "application/problem+json");
    buf_done(&heard);
}

/* --- deadlines --- */

static void test_streamed__client_that_does_not_read__is_cut(void **state)
{
    (void)state;
    struct buf heard;
    atomic_store(&fake_api.table_bytes, TABLE_BYTES);
    int fd = ask(GET_TABLE_OLD);
    wait_for(&fake_api.table_errors, 1);
    assert_int_equal(hear_all(fd, &heard), ECONNRESET);
    buf_done(&heard);
}

/* A client that waits for the handler outlives the deadline of one that idles. */
static void test_streamed__slow_handler__is_waited_for(void **state)
{
    (void)state;
    struct buf heard;
    char byte;
    char *body;
    size_t len;
    atomic_store(&fake_api.table_bytes, MIB);
    atomic_store(&fake_api.hold, true);
    int fd = ask(GET_TABLE_LAST);
    hear_until(fd, "\n000000000050000\n", &heard);
    int idle = dial();
    assert_int_equal(recv(idle, &byte, 1, 0), 0);
    close(idle);
    atomic_store(&fake_api.hold, false);
    int error = 0;
    while (hear_some(fd, &heard, &error))
        ;
    assert_int_equal(error, 0);
    assert_true(join_chunks(&heard, &body, &len));
    assert_is_table(body, len, MIB);
    buf_done(&heard);
    close(fd);
}

/* --- stop --- */

static void *stop_main(void *arg)
{
    stop_server(*(int *)arg);
    return NULL;
}

static void test_stop__streamed_answer__goes_out_within_the_grace(void **state)
{
    (void)state;
    struct buf heard;
    int grace_ms = PATIENCE_MS;
    char *body;
    size_t len;
    pthread_t thread;
    atomic_store(&fake_api.table_bytes, 4 * MIB);
    atomic_store(&fake_api.hold, true);
    int fd = ask(GET_TABLE_LAST);
    wait_for(&fake_api.working, 1);
    assert_int_equal(pthread_create(&thread, NULL, stop_main, &grace_ms), 0);
    atomic_store(&fake_api.hold, false);
    assert_int_equal(hear_all(fd, &heard), 0);
    assert_true(join_chunks(&heard, &body, &len));
    assert_is_table(body, len, 4 * MIB);
    pthread_join(thread, NULL);
    buf_done(&heard);
}

static void test_stop__grace_over__breaks_streamed_answers_off(void **state)
{
    (void)state;
    static const char *const requests[] = {GET_TABLE_OLD, GET_TABLE};
    for (size_t i = 0; i < 2; i++) {
        struct buf heard;
        atomic_store(&fake_api.table_bytes, TABLE_BYTES);
        int fd = ask(requests[i]);
        hear_until(fd, "\n000000000000001\n", &heard);
        buf_done(&heard);
        wait_until_stuck();
        stop_server(0);
        assert_int_equal(atomic_load(&fake_api.table_errors), 1);
        assert_int_equal(hear_all(fd, &heard), ECONNRESET);
        buf_done(&heard);
        assert_int_equal(start_server(60), 0);
    }
    stop_server(0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define unit_impatient(name) cmocka_unit_test_setup_teardown(name, setup_impatient, teardown)
#define unit_stop(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_streamed__many_pieces__arrive_whole),
        unit(test_streamed__slow_reader__bounds_the_handler),
        unit(test_streamed__old_client__gets_the_body_up_to_the_end),
        unit(test_streamed__below_a_piece__is_an_ordinary_answer),
        unit(test_streamed__head__is_the_head_alone),
        unit(test_streamed__connection__takes_the_next_request),
        unit(test_streamed__client_that_does_not_read__holds_nobody_else),
        unit(test_streamed__client_gone__ends_the_handler),
        unit(test_streamed__handler_fails__breaks_the_answer_off),
        unit(test_streamed__handler_fails_below_a_piece__is_a_problem),
        unit_impatient(test_streamed__client_that_does_not_read__is_cut),
        unit_impatient(test_streamed__slow_handler__is_waited_for),
        unit_stop(test_stop__streamed_answer__goes_out_within_the_grace),
        unit_stop(test_stop__grace_over__breaks_streamed_answers_off),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
