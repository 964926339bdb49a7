/* The life of one request as a small state machine on the connection's thread.
 *
 * libmicrohttpd calls exchange_run when the head is complete, for every piece of the body, and when
 * the request is complete. A response can only be queued in the first of these (it then closes the
 * connection if a body is coming) and in the last. So a refusal is kept, a bounded amount of body
 * is swallowed, and the answer goes out at the end, which also lets the client read it and keep the
 * connection.
 *
 * A worker has an exchange to itself between workers_submit and gate_wake; this thread touches it
 * only before and after. A streamed answer is the exception: from its first piece on the worker
 * writes the body while this thread sends, and either may be done first. They meet in the outlet
 * only; the response's head is fixed by then. A stream of notifications has no worker at all: once
 * its handler is done, whoever has something for it wakes the connection. */
#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "http/deadline.h"
#include "http/exchange_state.h"
#include "http/reply.h"
#include "http/workers.h"

/* Bytes of a streamed body that earn it a new deadline. */
#define STREAM_PROGRESS 4096

static void destroy(struct exchange *x)
{
    outlet_done(&x->outlet);
    buf_done(&x->body);
    api_response_done(&x->res);
    target_done(&x->target);
    free(x);
}

/* --- answering --- */

enum MHD_Result exchange_wait(struct exchange *x)
{
    deadline_pause(x->deadline);
    x->paused = true;
    gate_wait(&x->gate);
    return MHD_YES;
}

void exchange_problem(struct exchange *x, int status, const char *detail)
{
    /* A path that did not pass the checks is not repeated. */
    const char *path = x->target.path == NULL ? "" : x->target.path;
    api_problem_status(&x->res, x->req.id, path, status, detail);
}

/* The client's time runs again. */
static void go_on(struct exchange *x)
{
    if (x->paused)
        deadline_restart(x->deadline, clock_monotonic_ms());
    x->paused = false;
}

/* libmicrohttpd has sent all that it has and asks for more: each piece earns a new deadline. */
static ssize_t read_outlet(void *arg, uint64_t position, char *data, size_t max)
{
    (void)position;
    struct exchange *x = arg;
    go_on(x);
    ssize_t got = outlet_read(&x->outlet, data, max);
    if (got > 0) {
        deadline_restart(x->deadline, clock_monotonic_ms());
        return got;
    }
    switch (got) {
    case OUTLET_WAIT:
        (void)exchange_wait(x);
        return 0;
    case OUTLET_END:
        return MHD_CONTENT_READER_END_OF_STREAM;
    default:
        deadline_cut(x->deadline);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
}

static void wake_listener(void *arg)
{
    struct exchange *x = arg;
    gate_wake(&x->gate);
}

/* The same for a stream that has no worker: it is filled now and then, and its client's time runs
 * while there is something that it does not take. */
static ssize_t read_listener(void *arg, uint64_t position, char *data, size_t max)
{
    (void)position;
    struct exchange *x = arg;
    go_on(x);
    if (atomic_load(&x->all->stopping))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    ssize_t got = api_listener_read(x->res.listener, data, max);
    if (got > 0) {
        deadline_restart(x->deadline, clock_monotonic_ms());
        return got;
    }
    if (got == API_LISTENER_END)
        return MHD_CONTENT_READER_END_OF_STREAM;
    (void)exchange_wait(x);
    return 0;
}

static enum MHD_Result send_listener(struct exchange *x, const struct reply_options *options)
{
    atomic_store(&x->streaming, true);
    enum MHD_Result queued = reply_queue_stream(x->connection, &x->res, options, read_listener, x);
    if (queued == MHD_YES)
        api_listener_attach(x->res.listener, wake_listener, x);
    return queued;
}

enum MHD_Result exchange_send(struct exchange *x)
{
    bool admin = x->req.principal != NULL && x->req.principal->role == ROLE_ADMIN;
    struct reply_options options = {
        .request_id = x->req.id,
        .close = x->close || atomic_load(&x->all->draining),
        .no_store = admin || x->req.method != API_GET,
    };
    x->phase = PHASE_ANSWERED;
    x->status = x->res.status;
    deadline_restart(x->deadline, clock_monotonic_ms());
    bool is_stream = x->res.listener != NULL || x->res.streamed;
    if (is_stream && strcmp(x->method, "HEAD") == 0)
        return reply_queue_stream_head(x->connection, &x->res, &options);
    if (x->res.listener != NULL)
        return send_listener(x, &options);
    if (!x->res.streamed)
        return reply_queue(x->connection, &x->res, &options);
    deadline_set_reset(x->deadline, true);
    atomic_store(&x->streaming, true);
    return reply_queue_stream(x->connection, &x->res, &options, read_outlet, x);
}

/* --- body --- */

/* A verdict while the body comes in: it is kept and the rest is swallowed. */
static enum MHD_Result refuse_body(struct exchange *x, int status, const char *detail)
{
    exchange_problem(x, status, detail);
    buf_done(&x->body);
    x->phase = PHASE_REFUSED;
    return MHD_YES;
}

/* Counts body bytes nobody wants. When they are too many the answer goes straight to the socket,
 * for libmicrohttpd would take none before the end of the body; then only the deadline bounds what
 * is still read. Closing at once would reset the connection, and the client would lose the answer.
 */
static enum MHD_Result swallow(struct exchange *x, size_t *data_len)
{
    x->swallowed += *data_len;
    *data_len = 0;
    if (x->swallowed <= REFUSED_BODY_MAX || x->hung_up)
        return MHD_YES;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == NULL)
        return MHD_NO;
    reply_send_now(info->connect_fd, &x->res, x->req.id);
    x->status = x->res.status;
    x->hung_up = true;
    return MHD_YES;
}

static enum MHD_Result feed_stream(struct exchange *x, const char *data, size_t *data_len)
{
    size_t taken = api_stream_feed(x->stream, data, *data_len);
    *data_len -= taken;
    x->progress += taken;
    if (x->progress >= STREAM_PROGRESS) {
        x->progress = 0;
        deadline_restart(x->deadline, clock_monotonic_ms());
    }
    if (api_stream_failed(x->stream)) { /* the rest of the body is of no use */
        api_stream_answer(x->stream, &x->res);
        *data_len += taken;
        x->phase = PHASE_REFUSED;
        return swallow(x, data_len);
    }
    return *data_len == 0 ? MHD_YES : exchange_wait(x);
}

static enum MHD_Result on_data(struct exchange *x, const char *data, size_t *data_len)
{
    if (x->phase == PHASE_REFUSED)
        return swallow(x, data_len);
    if (x->stream != NULL)
        return feed_stream(x, data, data_len);
    if (x->body.max == 0)
        x->swallowed += *data_len;
    else
        buf_append(&x->body, data, *data_len);
    *data_len = 0;
    if (x->body.no_memory)
        return refuse_body(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is out of memory.");
    if (x->body.too_long || x->swallowed > IGNORED_BODY_MAX)
        return refuse_body(x, MHD_HTTP_CONTENT_TOO_LARGE, "The body is too large.");
    return MHD_YES;
}

static void wake_outlet(void *arg)
{
    struct exchange *x = arg;
    gate_wake(&x->gate);
}

/* On the worker. From the first piece on the connection lives its own life, and may end before the
 * handler does. */
static enum err pour(void *arg, struct api_response *res)
{
    struct exchange *x = arg;
    bool first = !res->streamed;
    if (first) { /* borrowed from the connection */
        x->req.content_type = NULL;
        x->req.if_none_match = NULL;
        x->req.accept = NULL;
        x->req.last_event_id = NULL;
        res->streamed = true;
    }
    enum err err = outlet_put(&x->outlet, &res->body);
    if (first && err != ERR_OK)
        res->streamed = false; /* nothing is out: there can be a problem document */
    return err;
}

static void answer_job(void *arg, bool cancelled)
{
    struct exchange *x = arg;
    if (cancelled)
        exchange_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is stopping.");
    else
        api_answer(x->all->api, &x->req, &x->res);
    if (!x->res.streamed) {
        gate_wake(&x->gate);
        return;
    }
    enum err err = x->res.err;
    if (err == ERR_OK && x->res.body.len > 0)
        err = pour(x, &x->res); /* what is left */
    if (outlet_end(&x->outlet, err))
        destroy(x);
}

static enum MHD_Result on_complete(struct exchange *x)
{
    if (x->hung_up)
        return MHD_NO;
    if (x->phase == PHASE_REFUSED)
        return exchange_send(x);
    if (x->stream != NULL) {
        if (!api_stream_end(x->stream))
            return exchange_wait(x);
        api_stream_answer(x->stream, &x->res);
        return exchange_send(x);
    }
    x->req.body = x->body.data;
    x->req.body_len = x->body.len;
    if (api_answer_inline(x->all->api, &x->req, &x->res))
        return exchange_send(x);
    x->phase = PHASE_ANSWERING;
    if (workers_submit(api_is_slow(&x->req) ? x->all->slow : x->all->normal, answer_job, x))
        return exchange_wait(x);
    exchange_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is overloaded.");
    return exchange_send(x);
}

/* --- life --- */

static void make_request_id(char id[static 33])
{
    uint8_t bytes[16] = {0};
    /* 16 bytes never block or come short once the kernel's generator is up. */
    (void)!getrandom(bytes, sizeof bytes, 0);
    hex_encode(bytes, sizeof bytes, id);
}

struct exchange *exchange_new(struct exchanges *all, struct MHD_Connection *connection,
                              struct deadline *deadline, const char *raw_target)
{
    struct exchange *x = calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    x->all = all;
    x->connection = connection;
    x->deadline = deadline;
    x->method = "-";
    x->started_ms = clock_monotonic_ms();
    gate_init(&x->gate, connection);
    make_request_id(x->req.id);
    outlet_init(&x->outlet, wake_outlet, x);
    api_response_init(&x->res);
    x->res.pour = pour;
    x->res.pour_arg = x;
    x->target_len = raw_target == NULL ? 0 : strlen(raw_target);
    x->target_err =
        target_parse(raw_target == NULL ? "" : raw_target, &x->target, &x->target_fault);
    deadline_restart(deadline, x->started_ms);
    exchanges_add(x);
    return x;
}

enum MHD_Result exchange_run(struct exchange *x, const char *method, const char *version,
                             const char *data, size_t *data_len)
{
    /* No worker holds the exchange here: it is in this thread's hands, or it was given back by
     * gate_wake. */
    if (atomic_load(&x->all->stopping) && x->phase != PHASE_ANSWERING)
        return MHD_NO;
    go_on(x);
    switch (x->phase) {
    case PHASE_HEAD:
        return exchange_head(x, method, version);
    case PHASE_AUTHENTICATING:
        return exchange_authenticated(x);
    case PHASE_BODY:
    case PHASE_REFUSED:
        return data != NULL ? on_data(x, data, data_len) : on_complete(x);
    case PHASE_ANSWERING:
        return exchange_send(x);
    case PHASE_ANSWERED:
        return MHD_YES;
    }
    return MHD_NO;
}

/* The status that went out; libmicrohttpd answers what it cannot parse by itself. */
static int final_status(const struct exchange *x)
{
    if (x->status != 0)
        return x->status;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info == NULL ? 0 : (int)info->http_status;
}

/* What the log says went wrong: the answer's fault, or the connection's. */
static const char *final_error(struct exchange *x, enum MHD_RequestTerminationCode how)
{
    enum err err = x->res.streamed ? outlet_error(&x->outlet) : x->res.err;
    if (how == MHD_REQUEST_TERMINATED_COMPLETED_OK || (x->res.streamed && err != ERR_OK))
        return err_name(err);
    return "aborted";
}

void exchange_end(struct exchange *x, enum MHD_RequestTerminationCode how)
{
    int64_t now_ms = clock_monotonic_ms();
    if (x->stream != NULL)
        api_stream_close(x->stream);
    if (x->res.listener != NULL)
        api_listener_close(x->res.listener);
    log_line(LOG_INFO, "request", "id=%s method=%s route=%s status=%d duration_ms=%lld error=%s",
             x->req.id, x->method, x->req.route == NULL ? "-" : api_route_pattern(x->req.route),
             final_status(x), (long long)(now_ms - x->started_ms), final_error(x, how));
    deadline_set_reset(x->deadline, false);
    deadline_restart(x->deadline, now_ms);
    exchanges_remove(x);
    if (outlet_leave(&x->outlet))
        destroy(x);
}
