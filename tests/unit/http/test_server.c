/* The server over real sockets, with a fake api behind it. Nothing here depends on how long things
 * take: every wait is for a condition, and a wait that does not end fails the test after
 * PATIENCE_MS. */
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
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_api.h"
#include "http/server.h"

#define PATIENCE_MS 20000
#define ANSWER_MAX 4096
#define QUEUE_MAX 4
#define KEY "Host: h\r\nAuthorization: Bearer known\r\n"
#define ASKED_KEY "Host: h\r\nAuthorization: Bearer asked\r\n"
#define NDJSON "Content-Type: application/x-ndjson\r\n"

static struct http_server *server;

static int start_server(unsigned threads, unsigned timeout_s)
{
    struct http_config config = {
        .host = "127.0.0.1",
        .threads = threads,
        .workers = 2,
        .slow_workers = 1,
        .queue_max = QUEUE_MAX,
        .max_connections = 400,
        .request_timeout_s = timeout_s,
    };

    fake_api_reset();
    return http_server_start(&config, NULL, &server) == ERR_OK ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    return start_server(2, 60);
}

static int setup_impatient(void **state)
{
    (void)state;
    return start_server(2, 1);
}

static int setup_one_thread(void **state)
{
    (void)state;
    return start_server(1, 60);
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
    return atomic_load(&fake_api.streams_open) == 0 ? 0 : -1;
}

/* --- a client --- */

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void say_bytes(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        assert_true(n > 0);
        data += n;
        len -= (size_t)n;
    }
}

static void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

/* Up to `len` bytes; 0 at the end of the connection, which a reset is too. */
static size_t hear_some(int fd, char *data, size_t len)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    ssize_t n = recv(fd, data, len, 0);
    return n < 0 ? 0 : (size_t)n;
}

/* Reads one answer, byte by byte up to the end of its head so that the next one stays. Fails at the
 * end of the connection. */
static void hear(int fd, bool with_body, char answer[static ANSWER_MAX])
{
    size_t len = 0;
    answer[0] = '\0';
    while (strstr(answer, "\r\n\r\n") == NULL) {
        assert_true(len + 1 < ANSWER_MAX);
        if (hear_some(fd, answer + len, 1) == 0)
            fail_msg("closed after \"%s\"", answer);
        answer[++len] = '\0';
    }
    const char *length = strcasestr(answer, "\r\nContent-Length: ");
    size_t body = with_body && length != NULL ? strtoul(length + 18, NULL, 10) : 0;
    assert_true(len + body < ANSWER_MAX);
    for (size_t n = 0; body > 0; body -= n) {
        n = hear_some(fd, answer + len, body);
        assert_true(n > 0);
        len += n;
    }
    answer[len] = '\0';
}

static void assert_has(const char *answer, const char *part)
{
    if (strcasestr(answer, part) == NULL)
        fail_msg("no \"%s\" in \"%s\"", part, answer);
}

static void assert_lacks(const char *answer, const char *part)
{
    if (strcasestr(answer, part) != NULL)
        fail_msg("\"%s\" in \"%s\"", part, answer);
}

static void hear_status(int fd, int status, char answer[static ANSWER_MAX])
{
    char line[32];
    hear(fd, true, answer);
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0)
        fail_msg("expected %d, got \"%s\"", status, answer);
    if (status != 100)
        assert_has(answer, "\r\nX-Request-Id: ");
}

static void assert_closed(int fd)
{
    char byte;
    assert_int_equal(hear_some(fd, &byte, 1), 0);
    close(fd);
}

static void expect(const char *request, int status, const char *part)
{
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, request);
    hear_status(fd, status, answer);
    assert_has(answer, part);
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

/* --- routing, keys, headers --- */

static void test_server__public_route__answers_inline_and_keeps_the_connection(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    char id[64];
    int fd = dial();
    say(fd, "GET /livez HTTP/1.1\r\nHost: h\r\nX-Request-Id: mine\r\n\r\n");
    hear_status(fd, 200, answer);
    assert_has(answer, "\r\n\r\nalive");
    assert_has(answer, "Cache-Control: private, no-cache");
    assert_lacks(answer, "mine");
    assert_lacks(answer, "Connection: close");
    snprintf(id, sizeof id, "%.46s", strstr(answer, "X-Request-Id: "));
    say(fd, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(fd, 200, answer);
    assert_lacks(answer, id);
    close(fd);
}

static void test_server__head__is_get_without_body(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, "HEAD /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(fd, false, answer);
    assert_has(answer, "HTTP/1.1 200 ");
    assert_has(answer, "Content-Length: 5");
    say(fd, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(fd, 200, answer);
    close(fd);
}

static void test_server__routing__gives_404_405_and_options(void **state)
{
    (void)state;
    expect("GET /nowhere HTTP/1.1\r\n" KEY "\r\n", 404, "application/problem+json");
    expect("GET /nowhere HTTP/1.1\r\n" KEY "\r\n", 404, "Cache-Control: no-store");
    expect("POST /v1/items/a HTTP/1.1\r\n" KEY "\r\n", 405, "Allow: PUT, DELETE, OPTIONS\r\n");
    expect("PATCH /livez HTTP/1.1\r\n" KEY "\r\n", 405, "Allow: GET, HEAD, OPTIONS\r\n");
    expect("OPTIONS /livez HTTP/1.1\r\nHost: h\r\n\r\n", 204, "Allow: GET, HEAD, OPTIONS\r\n");
}

static void test_server__keys__are_checked(void **state)
{
    (void)state;
    expect("GET /v1/work HTTP/1.1\r\nHost: h\r\n\r\n", 401, "WWW-Authenticate: Bearer\r\n");
    expect("GET /v1/work HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer no\r\n\r\n", 401, "no-store");
    assert_int_equal(atomic_load(&fake_api.asked), 0);
    expect("GET /v1/work HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer wrong\r\n\r\n", 401,
           "Bearer");
    expect("GET /v1/work HTTP/1.1\r\n" ASKED_KEY "\r\n", 200,
           "Cache-Control: no-store"); /* an admin */
    assert_int_equal(atomic_load(&fake_api.asked), 2);
    expect("GET /v1/work HTTP/1.1\r\n" KEY "\r\n", 200, "Cache-Control: private, no-cache");
}

static void test_server__unknown_key__body_is_read_after_the_answer_is_known(void **state)
{
    (void)state;
    expect("POST /v1/events HTTP/1.1\r\n" ASKED_KEY NDJSON "Content-Length: 3\r\n\r\nabc", 200,
           "\r\n\r\n3");
    expect("POST /v1/events HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer wrong\r\n" NDJSON
           "Content-Length: 3\r\n\r\nabc",
           401, "Bearer");
    assert_int_equal(atomic_load(&fake_api.fed_before_key), 0);
}

/* --- bodies --- */

static void test_server__bodies__reach_the_handler(void **state)
{
    (void)state;
    expect("PUT /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 5\r\n\r\nhello", 200, "\r\n\r\nx 5");
    expect("PUT /v1/items/x HTTP/1.1\r\n" KEY
           "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n4\r\ndefg\r\n0\r\nX-T: y\r\n\r\n",
           200, "\r\n\r\nx 7");
    expect("PUT /v1/items/x HTTP/1.1\r\n" KEY "\r\n", 200, "\r\n\r\nx 0");
    expect("DELETE /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 5\r\n\r\nhello", 200,
           "\r\n\r\nx 0");
    expect("PUT /v1/items/x HTTP/1.1\r\n" KEY
           "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
           415, "problem");
}

static void test_server__expect_continue__is_honoured(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, "PUT /v1/items/x HTTP/1.1\r\n" KEY "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    hear_status(fd, 100, answer);
    say(fd, "hello");
    hear_status(fd, 200, answer);
    close(fd);

    fd = dial();
    say(fd,
        "PUT /v1/items/x HTTP/1.1\r\n" KEY "Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n");
    hear_status(fd, 413, answer); /* instead of 100 */
    assert_closed(fd);
}

/* `request` announces `len` bytes; they are sent, and the answer and the connection's fate are
 * checked. */
static void expect_too_large(const char *request, size_t len, bool keeps)
{
    static char zeros[10000];
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, request);
    for (size_t n = 0; len > 0; len -= n) {
        n = len < sizeof zeros ? len : sizeof zeros;
        say_bytes(fd, zeros, n);
    }
    hear_status(fd, 413, answer);
    if (!keeps) {
        assert_closed(fd);
        return;
    }
    say(fd, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(fd, 200, answer);
    close(fd);
}

static void test_server__too_large__is_413(void **state)
{
    (void)state;
    expect_too_large("PUT /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 1001\r\n\r\n", 1001, true);
    expect_too_large("PUT /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 100000000\r\n\r\n", 0,
                     false);
    expect_too_large("DELETE /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 70000\r\n\r\n", 70000,
                     true);
}

static void test_server__chunked_over_the_limit__is_413(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, "PUT /v1/items/x HTTP/1.1\r\n" KEY "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 11; i++) {
        say(fd, "64\r\n0123456789012345678901234567890123456789012345678901234567890123456789"
                "012345678901234567890123456789\r\n");
    }
    say(fd, "0\r\n\r\n");
    hear_status(fd, 413, answer);
    say(fd, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(fd, 200, answer);
    close(fd);
}

/* A body that never ends is answered in its middle. */
static void test_server__endless_chunks__are_answered_in_the_middle(void **state)
{
    (void)state;
    static char chunk[0x10000 + 10];
    char answer[ANSWER_MAX];
    int fd = dial();
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    size_t sent = 0;
    memcpy(chunk, "10000\r\n", 7);
    memset(chunk + 7, 'x', 0x10000);
    memcpy(chunk + 7 + 0x10000, "\r\n", 2);
    say(fd, "PUT /v1/items/x HTTP/1.1\r\n" KEY "Transfer-Encoding: chunked\r\n\r\n");
    while (poll(&ready, 1, 0) == 0) {
        say_bytes(fd, chunk, 0x10000 + 9);
        sent += 0x10000;
        assert_true(sent < 100 * 1024 * 1024);
    }
    hear_status(fd, 413, answer);
    assert_has(answer, "Connection: close");
    say(fd, "0\r\n\r\n");
    assert_closed(fd);
}

/* --- smuggling --- */

static void test_server__smuggling__is_400_and_the_rest_is_not_read(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Length : 4\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
        "x\r\n\r\n",
        "POST /v1/events HTTP/1.1\r\nHost: h\r\nX: a\rContent-Length: 4\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "GET /livez HTTP/1.1\r\n\r\n",
        "get /livez HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /livez%00 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /livez%0d%0a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /livez%ff HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /livez%2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /li vez HTTP/1.1\r\nHost: h\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        char answer[ANSWER_MAX];
        int fd = dial();
        say(fd, heads[i]);
        /* The second request, in the same or the next packet, gets no answer. */
        (void)!send(fd, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n", 33, MSG_NOSIGNAL);
        hear_status(fd, 400, answer);
        assert_has(answer, "application/problem+json");
        assert_has(answer, "Connection: close");
        assert_closed(fd);
    }
}

/* --- many, pipelined, overloaded --- */

/* While the only thread is kept busy `count` connections become ready, so that its next wait
 * returns all of them at once: the case in which libmicrohttpd's epoll mode freezes for multiples
 * of 128. */
static void all_ready_at_once(int count)
{
    static int fds[256];
    char answer[ANSWER_MAX];
    int first = dial();
    for (int i = 0; i < count; i++) {
        fds[i] = dial();
        say(fds[i], "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        hear_status(fds[i], 200, answer);
    }
    atomic_store(&fake_api.hold_inline, true);
    say(first, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_for(&fake_api.inlining, 1);
    for (int i = 0; i < count; i++)
        say(fds[i], "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    atomic_store(&fake_api.hold_inline, false);
    hear_status(first, 200, answer);
    for (int i = 0; i < count; i++) {
        hear_status(fds[i], 200, answer);
        close(fds[i]);
    }
    close(first);
}

static void test_server__128_connections_ready_at_once__are_all_answered(void **state)
{
    (void)state;
    all_ready_at_once(127);
    all_ready_at_once(128);
    all_ready_at_once(129);
    all_ready_at_once(256);
}

static void test_server__pipelined__answered_in_order(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int fd = dial();
    say(fd, "PUT /v1/items/a HTTP/1.1\r\n" KEY "Content-Length: 1\r\n\r\nx"
            "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
            "PUT /v1/items/b HTTP/1.1\r\n" ASKED_KEY "Content-Length: 2\r\n\r\nxx"
            "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n"
            "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: 3\r\n\r\nxxx"
            "GET /v1/slow HTTP/1.1\r\n" KEY "\r\n");
    hear_status(fd, 200, answer);
    assert_has(answer, "\r\n\r\na 1");
    hear_status(fd, 200, answer);
    assert_has(answer, "alive");
    hear_status(fd, 200, answer);
    assert_has(answer, "\r\n\r\nb 2");
    hear_status(fd, 404, answer);
    hear_status(fd, 200, answer);
    assert_has(answer, "\r\n\r\n3");
    hear_status(fd, 200, answer);
    close(fd);
}

static void test_server__queue_full__is_503_at_once(void **state)
{
    (void)state;
    int fds[2 + QUEUE_MAX];
    char answer[ANSWER_MAX];
    atomic_store(&fake_api.hold, true);
    for (int i = 0; i < 2; i++) {
        fds[i] = dial();
        say(fds[i], "GET /v1/work HTTP/1.1\r\n" KEY "\r\n");
        wait_for(&fake_api.working, i + 1);
    }
    /* Which of these wait and which are refused is the order of arrival: one more than fits, one is
     * refused. */
    for (int i = 2; i < 2 + QUEUE_MAX; i++) {
        fds[i] = dial();
        say(fds[i], "GET /v1/work HTTP/1.1\r\n" KEY "\r\n");
    }
    int extra = dial();
    say(extra, "GET /v1/work HTTP/1.1\r\n" KEY "\r\n");
    struct pollfd ready[QUEUE_MAX + 1];
    for (int i = 0; i < QUEUE_MAX; i++)
        ready[i] = (struct pollfd){.fd = fds[2 + i], .events = POLLIN};
    ready[QUEUE_MAX] = (struct pollfd){.fd = extra, .events = POLLIN};
    assert_int_equal(poll(ready, QUEUE_MAX + 1, PATIENCE_MS), 1);
    for (int i = 0; i <= QUEUE_MAX; i++) {
        if (ready[i].revents != 0) {
            hear_status(ready[i].fd, 503, answer);
            assert_has(answer, "Retry-After: 1\r\n");
        }
    }
    /* The other pool and what needs none still answer. */
    expect("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n", 200, "alive");
    int slow = dial();
    say(slow, "GET /v1/slow HTTP/1.1\r\n" KEY "\r\n");
    wait_for(&fake_api.working, 3);
    atomic_store(&fake_api.hold, false);
    hear_status(slow, 200, answer);
    wait_for(&fake_api.answered, 2 + QUEUE_MAX + 1);
    for (int i = 0; i < 2 + QUEUE_MAX; i++)
        close(fds[i]);
    close(extra);
    close(slow);
}

static void test_server__client_gone_while_suspended__is_harmless(void **state)
{
    (void)state;
    int fds[4];
    atomic_store(&fake_api.hold, true);
    for (int i = 0; i < 4; i++) {
        fds[i] = dial();
        say(fds[i], "PUT /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 3\r\n\r\nabc");
    }
    wait_for(&fake_api.working, 2);
    for (int i = 0; i < 4; i++) {
        struct linger reset = {1, 0};
        if (i % 2 == 0)
            setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fds[i]);
    }
    atomic_store(&fake_api.hold, false);
    wait_for(&fake_api.answered, 4);
    expect("GET /v1/work HTTP/1.1\r\n" KEY "\r\n", 200, " 0");
}

/* --- streams --- */

static void stream_bodies(enum fake_stream mode)
{
    char body[20001];
    char request[256];
    char answer[ANSWER_MAX];
    int fd = dial();
    atomic_store(&fake_api.stream, (int)mode);
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    for (int round = 0; round < 5; round++) {
        snprintf(request, sizeof request,
                 "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: %zu\r\n\r\n",
                 strlen(body));
        say(fd, request);
        say(fd, body);
        hear_status(fd, 200, answer);
        assert_has(answer, "\r\n\r\n20000");
        say(fd,
            "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Transfer-Encoding: chunked\r\n\r\n4e20\r\n");
        say(fd, body);
        say(fd, "\r\n0\r\n\r\n");
        hear_status(fd, 200, answer);
        assert_has(answer, "\r\n\r\n20000");
    }
    close(fd);
}

static void test_stream__free__takes_all(void **state)
{
    (void)state;
    stream_bodies(FAKE_STREAM_FREE);
}

static void test_stream__woken_before_suspended__goes_on(void **state)
{
    (void)state;
    stream_bodies(FAKE_STREAM_WAKE_SOON);
}

static void test_stream__woken_by_another_thread__goes_on(void **state)
{
    (void)state;
    stream_bodies(FAKE_STREAM_WAKE_LATE);
}

static void test_stream__refused_at_its_head__answers_after_the_body(void **state)
{
    (void)state;
    expect("POST /v1/events HTTP/1.1\r\n" KEY "Content-Length: 3\r\n\r\nabc", 415, "problem");
}

static void test_stream__client_gone__is_closed(void **state)
{
    (void)state;
    int fd = dial();
    say(fd, "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: 9\r\n\r\nabc");
    wait_for(&fake_api.streams_open, 1);
    close(fd);
    wait_for(&fake_api.streams_open, 0);
}

/* --- deadlines --- */

/* Sends `text` again and again, a piece each time the server has had the chance to read; ends when
 * the server hangs up. */
static void drip_until_cut(const char *head, const char *text)
{
    int fd = dial();
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    char byte;
    say(fd, head);
    for (int i = 0; i < PATIENCE_MS / 50; i++) {
        if (poll(&ready, 1, 50) == 1) {
            assert_true(recv(fd, &byte, 1, 0) <= 0);
            close(fd);
            return;
        }
        (void)!send(fd, text, 1, MSG_NOSIGNAL);
    }
    fail_msg("still open: %s", head);
}

static void test_deadline__dripping__is_cut(void **state)
{
    (void)state;
    drip_until_cut("GE", "T");
    drip_until_cut("GET /livez HTTP/1.1\r\nHost: h\r\nX: ", "x");
    drip_until_cut("PUT /v1/items/x HTTP/1.1\r\n" KEY "Content-Length: 900\r\n\r\n", "x");
    drip_until_cut("POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: 9000\r\n\r\n", "x");
}

static void test_deadline__idle__is_cut(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int silent = dial();
    int used = dial();
    say(used, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(used, 200, answer);
    assert_closed(silent);
    assert_closed(used);
}

/* A connection that waits for us outlives the deadline of one that idles. */
static void test_deadline__suspended__is_not_cut(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int fd = dial();
    atomic_store(&fake_api.hold, true);
    say(fd, "GET /v1/work HTTP/1.1\r\n" KEY "\r\n");
    wait_for(&fake_api.working, 1);
    int idle = dial(); /* its time begins later, so it is over later */
    assert_closed(idle);
    atomic_store(&fake_api.hold, false);
    hear_status(fd, 200, answer);
    close(fd);
}

/* --- stop --- */

static void *stop_main(void *arg)
{
    stop_server(*(int *)arg);
    return NULL;
}

static void test_stop__running_request__is_answered_with_close(void **state)
{
    (void)state;
    char answer[ANSWER_MAX];
    int grace_ms = PATIENCE_MS;
    int fd = dial();
    int idle = dial();
    pthread_t thread;
    atomic_store(&fake_api.hold, true);
    say(idle, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
    hear_status(idle, 200, answer);
    say(fd, "GET /v1/work HTTP/1.1\r\n" KEY "\r\n");
    wait_for(&fake_api.working, 1);
    assert_int_equal(pthread_create(&thread, NULL, stop_main, &grace_ms), 0);
    do { /* until the stop has begun */
        say(idle, "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n");
        hear_status(idle, 200, answer);
    } while (strcasestr(answer, "Connection: close") == NULL);
    atomic_store(&fake_api.hold, false);
    hear_status(fd, 200, answer);
    assert_has(answer, "Connection: close");
    assert_closed(fd);
    assert_closed(idle);
    pthread_join(thread, NULL);
}

static void test_stop__grace_over__ends_everything(void **state)
{
    (void)state;
    int stuck = dial();
    int half = dial();
    int dripping = dial();
    atomic_store(&fake_api.stream, FAKE_STREAM_STUCK);
    say(stuck, "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: 3\r\n\r\nabc");
    wait_for(&fake_api.streams_open, 1);
    say(half, "POST /v1/events HTTP/1.1\r\n" KEY NDJSON "Content-Length: 3\r\n\r\n");
    wait_for(&fake_api.streams_open, 2);
    say(dripping, "GET /liv");
    stop_server(0);
    assert_int_equal(atomic_load(&fake_api.streams_open), 0);
    assert_closed(stuck);
    assert_closed(half);
    assert_closed(dripping);
}

static void test_start__taken_or_wrong_address__is_unavailable(void **state)
{
    (void)state;
    struct http_config config = {.host = "127.0.0.1",
                                 .threads = 1,
                                 .workers = 1,
                                 .slow_workers = 1,
                                 .queue_max = 1,
                                 .max_connections = 4,
                                 .request_timeout_s = 1};
    struct http_server *second = NULL;
    config.port = http_server_port(server);
    assert_int_equal(http_server_start(&config, NULL, &second), ERR_UNAVAILABLE);
    config.port = 0;
    config.host = "localhost";
    assert_int_equal(http_server_start(&config, NULL, &second), ERR_UNAVAILABLE);
    config.host = "::1";
    if (http_server_start(&config, NULL, &second) == ERR_OK) /* where there is IPv6 */
        http_server_stop(second, 0);
}

#define unit(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define unit_impatient(name) cmocka_unit_test_setup_teardown(name, setup_impatient, teardown)
#define unit_stop(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(test_server__public_route__answers_inline_and_keeps_the_connection),
        unit(test_server__head__is_get_without_body),
        unit(test_server__routing__gives_404_405_and_options),
        unit(test_server__keys__are_checked),
        unit(test_server__unknown_key__body_is_read_after_the_answer_is_known),
        unit(test_server__bodies__reach_the_handler),
        unit(test_server__expect_continue__is_honoured),
        unit(test_server__too_large__is_413),
        unit(test_server__chunked_over_the_limit__is_413),
        unit(test_server__endless_chunks__are_answered_in_the_middle),
        unit(test_server__smuggling__is_400_and_the_rest_is_not_read),
        cmocka_unit_test_setup_teardown(
            test_server__128_connections_ready_at_once__are_all_answered, setup_one_thread,
            teardown),
        unit(test_server__pipelined__answered_in_order),
        unit(test_server__queue_full__is_503_at_once),
        unit(test_server__client_gone_while_suspended__is_harmless),
        unit(test_stream__free__takes_all),
        unit(test_stream__woken_before_suspended__goes_on),
        unit(test_stream__woken_by_another_thread__goes_on),
        unit(test_stream__refused_at_its_head__answers_after_the_body),
        unit(test_stream__client_gone__is_closed),
        unit_impatient(test_deadline__dripping__is_cut),
        unit_impatient(test_deadline__idle__is_cut),
        unit_impatient(test_deadline__suspended__is_not_cut),
        unit_stop(test_stop__running_request__is_answered_with_close),
        unit_stop(test_stop__grace_over__ends_everything),
        unit(test_start__taken_or_wrong_address__is_unavailable),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
