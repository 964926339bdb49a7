/* Starts and stops libmicrohttpd and hands its callbacks on. The requests themselves are in
 * exchange.c. */
#include "http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/deadline.h"
#include "http/exchange.h"
#include "http/exchanges.h"
#include "http/workers.h"

/* A connection's memory for its head, a piece of body and the response's head; the 32 KiB of the
 * default are known to run out. */
#define CONNECTION_MEMORY (64 * 1024)
#define LAST_ANSWERS_MS 250 /* for the answers that a stop sets free to reach their clients */

struct http_server {
    int listen_fd;
    int port;
    struct deadlines *deadlines;
    struct workers *normal;
    struct workers *slow;
    struct exchanges exchanges;
    struct MHD_Daemon *daemon;
};

/* --- libmicrohttpd's callbacks --- */

__attribute__((format(printf, 2, 0))) static void on_log(void *arg, const char *format,
                                                         va_list args)
{
    (void)arg;
    char text[256];
    int len = vsnprintf(text, sizeof text, format, args);
    while (len > 0 && (size_t)len < sizeof text && text[len - 1] == '\n')
        text[--len] = '\0';
    /* Mostly what a client did wrong, so it must not be able to raise alarms. */
    log_line(LOG_DEBUG, "libmicrohttpd", "%s", text);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = arg;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *context = deadline_new(server->deadlines, info->connect_fd, clock_monotonic_ms());
        return;
    }
    deadline_free(*context);
    *context = NULL;
}

static void *on_request_line(void *arg, const char *target, struct MHD_Connection *connection)
{
    struct http_server *server = arg;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return exchange_new(&server->exchanges, connection, info->socket_context, target);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **context)
{
    (void)arg;
    (void)connection;
    (void)url; /* decoded in place; the exchange has the target as it was received */
    return *context == NULL ? MHD_NO : exchange_run(*context, method, version, data, data_len);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode how)
{
    (void)arg;
    (void)connection;
    if (*context != NULL)
        exchange_end(*context, how);
    *context = NULL;
}

/* --- start --- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t make_address(const char *host, int port, union address *ret_address)
{
    *ret_address = (union address){0};
    if (inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = htons((uint16_t)port);
        return sizeof ret_address->v4;
    }
    if (inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1) {
        ret_address->v6.sin6_family = AF_INET6;
        ret_address->v6.sin6_port = htons((uint16_t)port);
        return sizeof ret_address->v6;
    }
    return 0;
}

static enum err listen_on(const char *host, int port, int *ret_fd, int *ret_port)
{
    union address address;
    socklen_t len = make_address(host, port, &address);
    if (len == 0 || port < 0 || port > UINT16_MAX)
        return ERR_UNAVAILABLE;
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ERR_UNAVAILABLE;
    int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, &address.any, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, &address.any, &len) != 0) {
        close(fd);
        return ERR_UNAVAILABLE;
    }
    *ret_fd = fd;
    *ret_port =
        ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
    return ERR_OK;
}

/* Poll, not epoll: in epoll mode 0.9.75 freezes when exactly 128 connections are ready at once. */
static enum err start_daemon(struct http_server *server, const struct http_config *config)
{
    unsigned flags =
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem pool[] = {
        {config->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END,
         (intptr_t)config->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, server->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        config->max_connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    return server->daemon == NULL ? ERR_UNAVAILABLE : ERR_OK;
}

/* Frees what is there, in the reverse order of start. */
static void destroy(struct http_server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    deadlines_stop(server->deadlines);
    workers_free(server->normal);
    workers_free(server->slow);
    exchanges_done(&server->exchanges);
    free(server);
}

static void stop_workers(struct http_server *server)
{
    if (server->normal != NULL)
        workers_stop(server->normal);
    if (server->slow != NULL)
        workers_stop(server->slow);
}

enum err http_server_start(const struct http_config *config, struct api *api,
                           struct http_server **ret_server)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ERR_NOMEM;
    server->listen_fd = -1;
    exchanges_init(&server->exchanges, api);
    enum err err = listen_on(config->host, config->port, &server->listen_fd, &server->port);
    if (err == ERR_OK)
        err = deadlines_start((int64_t)config->request_timeout_s * 1000, &server->deadlines);
    if (err == ERR_OK)
        err = workers_start(config->workers, config->queue_max, &server->normal);
    if (err == ERR_OK)
        err = workers_start(config->slow_workers, config->queue_max, &server->slow);
    if (err == ERR_OK) {
        server->exchanges.normal = server->normal;
        server->exchanges.slow = server->slow;
        err = start_daemon(server, config);
    }
    if (err != ERR_OK) {
        stop_workers(server);
        destroy(server);
        return err;
    }
    *ret_server = server;
    return ERR_OK;
}

int http_server_port(const struct http_server *server)
{
    return server->port;
}

/* --- stop --- */

void http_server_stop(struct http_server *server, int grace_ms)
{
    if (server == NULL)
        return;
    atomic_store(&server->exchanges.draining, true);
    MHD_quiesce_daemon(server->daemon);
    exchanges_wait_none(&server->exchanges, grace_ms);

    /* Whatever still runs is cut short. After the wake-up no connection is suspended, nor will be:
     * libmicrohttpd aborts the process if one is when it stops. */
    atomic_store(&server->exchanges.stopping, true);
    exchanges_break_all(&server->exchanges);
    stop_workers(server);
    exchanges_wake_all(&server->exchanges);
    exchanges_wait_none(&server->exchanges, LAST_ANSWERS_MS);
    MHD_stop_daemon(server->daemon);
    destroy(server);
}
