/* The life of one request as a small state machine on the connection's thread.
 *
 * libmicrohttpd calls exchange_run when the head is complete, for every piece of the body, and when
 * the request is complete. A response can only be queued in the first of these (it then closes the
 * connection if a body is coming) and in the last. So a refusal is kept, a bounded amount of body
 * is swallowed, and the answer goes out at the end, which also lets the client read it and keep the
 * connection.
 *
 * A worker has an exchange to itself between workers_submit and gate_wake; this thread touches it
 * only before and after. */
#include "http/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/deadline.h"
#include "http/gate.h"
#include "http/guard.h"
#include "http/reply.h"
#include "http/target.h"
#include "http/workers.h"

#define REFUSED_BODY_MAX                                                                           \
    (8 * 1024 * 1024) /* swallowed after a refusal, so that the client gets to read it */
#define IGNORED_BODY_MAX (64 * 1024) /* swallowed on a route that takes none */
#define STREAM_PROGRESS 4096         /* bytes of a streamed body that earn it a new deadline */

enum phase {
    PHASE_HEAD,           /* nothing done yet */
    PHASE_AUTHENTICATING, /* a worker looks the key up */
    PHASE_BODY,           /* admitted, the body comes in */
    PHASE_REFUSED,        /* res is filled, the body is swallowed */
    PHASE_ANSWERING,      /* a worker fills res */
    PHASE_ANSWERED,       /* queued */
};

struct exchange {
    struct exchanges *all;
    struct exchange *prev;
    struct exchange *next;
    struct MHD_Connection *connection;
    struct deadline *deadline;
    struct gate gate;
    enum phase phase;
    bool paused;  /* the deadline is: we wait, not the client */
    bool close;   /* nothing may be read after this request */
    bool hung_up; /* answered in the middle of the body; nothing can be sent any more */

    struct target target;
    enum err target_err;
    const char *target_fault;
    size_t target_len;
    const char *method; /* static text */
    bool chunked;
    bool expects_continue;
    uint64_t content_length;
    uint64_t swallowed;
    size_t progress; /* streamed bytes since the deadline was last moved */

    struct api_request req;
    struct api_response res;
    struct buf body;
    struct api_stream *stream;
    const char *authorization; /* borrowed from the connection */
    enum err auth_err;
    int64_t started_ms;
    int status; /* 0: no answer of ours */
    struct api_principal principal;
};

/* --- the set of running exchanges --- */

void exchanges_init(struct exchanges *all, struct api *api)
{
    pthread_condattr_t attr;

    *all = (struct exchanges){.api = api};
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&all->none_left, &attr);
    pthread_condattr_destroy(&attr);
}

void exchanges_done(struct exchanges *all)
{
    pthread_cond_destroy(&all->none_left);
    pthread_mutex_destroy(&all->lock);
}

bool exchanges_wait_none(struct exchanges *all, int timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct timespec until = {until_ms / 1000, (until_ms % 1000) * 1000000};
    int waited = 0;
    bool none;

    pthread_mutex_lock(&all->lock);
    while (all->first != NULL && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&all->none_left, &all->lock, &until);
    none = all->first == NULL;
    pthread_mutex_unlock(&all->lock);
    return none;
}

void exchanges_wake_all(struct exchanges *all)
{
    pthread_mutex_lock(&all->lock);
    for (struct exchange *x = all->first; x != NULL; x = x->next)
        gate_wake(&x->gate);
    pthread_mutex_unlock(&all->lock);
}

static void list_add(struct exchange *x)
{
    struct exchanges *all = x->all;

    pthread_mutex_lock(&all->lock);
    x->next = all->first;
    if (all->first != NULL)
        all->first->prev = x;
    all->first = x;
    pthread_mutex_unlock(&all->lock);
}

static void list_remove(struct exchange *x)
{
    struct exchanges *all = x->all;

    pthread_mutex_lock(&all->lock);
    if (x->prev != NULL)
        x->prev->next = x->next;
    else
        all->first = x->next;
    if (x->next != NULL)
        x->next->prev = x->prev;
    if (all->first == NULL)
        pthread_cond_broadcast(&all->none_left);
    pthread_mutex_unlock(&all->lock);
}

/* --- small things --- */

static void make_request_id(char id[static 33])
{
    unsigned char bytes[16] = {0};

    /* 16 bytes never block or come short once the kernel's generator is up. */
    (void)!getrandom(bytes, sizeof(bytes), 0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static const char *err_name(enum err err)
{
    switch (err) {
    case ERR_OK:
        return "-";
    case ERR_INVALID:
        return "invalid";
    case ERR_UNPARSABLE:
        return "unparsable";
    case ERR_UNAUTHORIZED:
        return "unauthorized";
    case ERR_FORBIDDEN:
        return "forbidden";
    case ERR_NOT_FOUND:
        return "not_found";
    case ERR_CONFLICT:
        return "conflict";
    case ERR_TOO_LARGE:
        return "too_large";
    case ERR_MEDIA_TYPE:
        return "media_type";
    case ERR_REFUSED:
        return "refused";
    case ERR_TRANSIENT:
        return "transient";
    case ERR_UNAVAILABLE:
        return "unavailable";
    case ERR_NOMEM:
        return "no_memory";
    case ERR_INTERNAL:
        return "internal";
    }
    return "-";
}

static const char *header_value(void *arg, const char *name)
{
    struct exchange *x = arg;

    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* Suspends until a wake-up. The client's time does not run meanwhile. */
static enum MHD_Result wait_for_wake(struct exchange *x)
{
    deadline_pause(x->deadline);
    x->paused = true;
    gate_wait(&x->gate);
    return MHD_YES;
}

static void wake(void *arg)
{
    struct exchange *x = arg;

    gate_wake(&x->gate);
}

/* --- answering --- */

static enum MHD_Result send_response(struct exchange *x)
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
    return reply_queue(x->connection, &x->res, &options);
}

static void fill_problem(struct exchange *x, int status, const char *detail)
{
    /* A path that did not pass the checks is not repeated. */
    const char *path = x->target.path == NULL ? "" : x->target.path;

    api_problem_status(&x->res, x->req.id, path, status, detail);
    if (status == MHD_HTTP_UNAUTHORIZED)
        reply_default_header(&x->res, "WWW-Authenticate", "Bearer");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        reply_default_header(&x->res, "Retry-After", "1");
}

/* Answers with what is in res once the body is out of the way. In the head phase only. */
static enum MHD_Result refuse(struct exchange *x)
{
    bool has_body = x->chunked || x->content_length > 0;

    x->phase = PHASE_REFUSED;
    /* At once when the client waits for our word, or when there is too much to swallow; this closes
     * the connection. */
    if (has_body && (x->expects_continue || x->content_length > REFUSED_BODY_MAX))
        return send_response(x);
    return MHD_YES;
}

static enum MHD_Result refuse_status(struct exchange *x, int status, const char *detail)
{
    fill_problem(x, status, detail);
    return refuse(x);
}

/* A verdict while the body comes in: it is kept and the rest is swallowed. */
static enum MHD_Result refuse_body(struct exchange *x, int status, const char *detail)
{
    fill_problem(x, status, detail);
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
    const union MHD_ConnectionInfo *info;

    x->swallowed += *data_len;
    *data_len = 0;
    if (x->swallowed <= REFUSED_BODY_MAX || x->hung_up)
        return MHD_YES;
    info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == NULL)
        return MHD_NO;
    reply_send_now(info->connect_fd, &x->res, x->req.id);
    x->status = x->res.status;
    x->hung_up = true;
    return MHD_YES;
}

/* For how long a key has been known: a clock that nobody sets back. */
static struct instant steady_now(void)
{
    return (struct instant){clock_monotonic_ms() * 1000};
}

/* --- head --- */

static enum MHD_Result take_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    guard_header(arg, name, name_len, value, value_len);
    return MHD_YES;
}

/* The status that refuses the head, with the reason; 0 when it may pass. */
static int head_fault(struct exchange *x, const char *method, const char *version,
                      const char **ret_fault)
{
    struct guard guard = {0};

    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, take_header, &guard);
    *ret_fault = guard_verdict(&guard, method, version);
    if (*ret_fault == NULL)
        *ret_fault = x->target_fault;
    if (*ret_fault != NULL)
        return MHD_HTTP_BAD_REQUEST;
    *ret_fault = "The head of the request is too large.";
    if (x->target_len > GUARD_TARGET_MAX)
        return MHD_HTTP_URI_TOO_LONG;
    return guard.bytes > GUARD_FIELDS_MAX ? MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE : 0;
}

static void read_head(struct exchange *x)
{
    const char *length = header_value(x, "Content-Length");
    const char *expect = header_value(x, "Expect");

    x->chunked = header_value(x, "Transfer-Encoding") != NULL;
    x->content_length = length == NULL ? 0 : strtoull(length, NULL, 10); /* digits, checked */
    x->expects_continue = expect != NULL && strcasecmp(expect, "100-continue") == 0;
    x->authorization = header_value(x, "Authorization");
    x->req.content_type = header_value(x, "Content-Type");
    x->req.if_none_match = header_value(x, "If-None-Match");
    x->req.path = x->target.path;
    x->req.query_count = x->target.query_count;
    memcpy(x->req.query, x->target.query, sizeof(x->req.query));
}

static bool find_method(const char *name, enum api_method *ret_method)
{
    static const struct {
        const char *name;
        enum api_method method;
    } methods[] = {{"GET", API_GET},
                   {"HEAD", API_GET}, /* libmicrohttpd leaves the body out */
                   {"POST", API_POST},
                   {"PUT", API_PUT},
                   {"DELETE", API_DELETE}};

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(name, methods[i].name) == 0) {
            *ret_method = methods[i].method;
            return true;
        }
    }
    return false;
}

/* The methods that the path takes, a bit per enum api_method. */
static unsigned allowed_methods(struct exchange *x)
{
    static const enum api_method methods[API_METHODS] = {API_GET, API_POST, API_PUT, API_DELETE};
    unsigned allowed = 0;

    for (size_t i = 0; i < API_METHODS; i++) {
        unsigned others = 0;

        if (api_route_find(methods[i], x->target.path, x->target.scratch, x->req.params, &others) !=
            NULL)
            allowed |= 1U << methods[i];
    }
    return allowed;
}

static void add_allow(struct exchange *x, unsigned allowed)
{
    api_response_header(
        &x->res, "Allow", "%s%s%s%sOPTIONS", allowed & 1U << API_GET ? "GET, HEAD, " : "",
        allowed & 1U << API_POST ? "POST, " : "", allowed & 1U << API_PUT ? "PUT, " : "",
        allowed & 1U << API_DELETE ? "DELETE, " : "");
}

/* 404, 405 or the answer to OPTIONS: no route takes this method and path. */
static enum MHD_Result refuse_route(struct exchange *x)
{
    unsigned allowed = allowed_methods(x);

    if (allowed == 0)
        return refuse_status(x, MHD_HTTP_NOT_FOUND, "There is nothing at this path.");
    if (strcmp(x->method, "OPTIONS") == 0)
        x->res.status = MHD_HTTP_NO_CONTENT;
    else
        fill_problem(x, MHD_HTTP_METHOD_NOT_ALLOWED, "The path does not take this method.");
    add_allow(x, allowed);
    return refuse(x);
}

/* The key is known, or none is needed: now the body may come. */
static enum MHD_Result admit(struct exchange *x)
{
    size_t max = api_route_body_max(x->req.route);

    if (api_route_is_events(x->req.route)) {
        x->stream = api_stream_open(x->all->api, &x->req, header_value, x, wake, x, &x->res);
        if (x->stream == NULL)
            return refuse(x);
    } else if (x->content_length > (max == 0 ? IGNORED_BODY_MAX : max)) {
        return refuse_status(x, MHD_HTTP_CONTENT_TOO_LARGE, "The body is too large.");
    }
    buf_init(&x->body, max);
    x->phase = PHASE_BODY;
    return MHD_YES;
}

static enum MHD_Result refuse_key(struct exchange *x, enum err err)
{
    if (err == ERR_UNAUTHORIZED)
        return refuse_status(x, MHD_HTTP_UNAUTHORIZED, "A valid key is required.");
    api_problem(&x->res, &x->req, err, NULL, "The key cannot be checked now.");
    if (x->res.status == MHD_HTTP_SERVICE_UNAVAILABLE)
        reply_default_header(&x->res, "Retry-After", "1");
    return refuse(x);
}

static void authenticate_job(void *arg, bool cancelled)
{
    struct exchange *x = arg;

    x->auth_err =
        cancelled ? ERR_UNAVAILABLE
                  : api_authenticate(x->all->api, x->authorization, steady_now(), &x->principal);
    gate_wake(&x->gate);
}

static enum MHD_Result authenticated(struct exchange *x)
{
    if (x->auth_err != ERR_OK)
        return refuse_key(x, x->auth_err);
    x->req.principal = &x->principal;
    return admit(x);
}

static enum MHD_Result check_key(struct exchange *x)
{
    enum api_auth auth;

    if (api_route_is_public(x->req.route))
        return admit(x);
    if (x->authorization == NULL)
        return refuse_key(x, ERR_UNAUTHORIZED);
    auth = api_authenticate_cached(x->all->api, x->authorization, steady_now(), &x->principal);
    if (auth == AUTH_ASK) {
        x->phase = PHASE_AUTHENTICATING;
        if (workers_submit(x->all->normal, authenticate_job, x))
            return wait_for_wake(x);
        return refuse_status(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is overloaded.");
    }
    x->auth_err = auth == AUTH_OK ? ERR_OK : ERR_UNAUTHORIZED;
    return authenticated(x);
}

static enum MHD_Result on_head(struct exchange *x, const char *method, const char *version)
{
    const char *fault;
    int refusal = head_fault(x, method, version, &fault);
    const char *encoding = header_value(x, "Content-Encoding");
    const char *known = guard_method(method);
    unsigned others = 0;

    x->method = known == NULL ? "-" : known;
    if (x->target_err == ERR_NOMEM)
        return MHD_NO;
    if (refusal != 0) {
        /* Answered in the head phase and with `close`: nothing that follows is read as a request.
         */
        fill_problem(x, refusal, fault);
        x->close = true;
        return send_response(x);
    }
    x->req.now = clock_now();
    read_head(x);
    if (find_method(x->method, &x->req.method))
        x->req.route = api_route_find(x->req.method, x->target.path, x->target.scratch,
                                      x->req.params, &others);
    if (x->req.route == NULL)
        return refuse_route(x);
    if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
        return refuse_status(x, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "No content coding is taken.");
    return check_key(x);
}

/* --- body --- */

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
    return *data_len == 0 ? MHD_YES : wait_for_wake(x);
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

static void answer_job(void *arg, bool cancelled)
{
    struct exchange *x = arg;

    if (cancelled)
        fill_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is stopping.");
    else
        api_answer(x->all->api, &x->req, &x->res);
    gate_wake(&x->gate);
}

static enum MHD_Result on_complete(struct exchange *x)
{
    if (x->hung_up)
        return MHD_NO;
    if (x->phase == PHASE_REFUSED)
        return send_response(x);
    if (x->stream != NULL) {
        if (!api_stream_end(x->stream))
            return wait_for_wake(x);
        api_stream_answer(x->stream, &x->res);
        return send_response(x);
    }
    x->req.body = x->body.data;
    x->req.body_len = x->body.len;
    if (api_answer_inline(x->all->api, &x->req, &x->res))
        return send_response(x);
    x->phase = PHASE_ANSWERING;
    if (workers_submit(api_is_slow(&x->req) ? x->all->slow : x->all->normal, answer_job, x))
        return wait_for_wake(x);
    fill_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is overloaded.");
    return send_response(x);
}

/* --- life --- */

struct exchange *exchange_new(struct exchanges *all, struct MHD_Connection *connection,
                              struct deadline *deadline, const char *raw_target)
{
    struct exchange *x = calloc(1, sizeof(*x));

    if (x == NULL)
        return NULL;
    x->all = all;
    x->connection = connection;
    x->deadline = deadline;
    x->method = "-";
    x->started_ms = clock_monotonic_ms();
    gate_init(&x->gate, connection);
    make_request_id(x->req.id);
    api_response_init(&x->res);
    x->target_len = raw_target == NULL ? 0 : strlen(raw_target);
    x->target_err =
        target_parse(raw_target == NULL ? "" : raw_target, &x->target, &x->target_fault);
    deadline_restart(deadline, x->started_ms);
    list_add(x);
    return x;
}

enum MHD_Result exchange_run(struct exchange *x, const char *method, const char *version,
                             const char *data, size_t *data_len)
{
    /* No worker holds the exchange here: it is in this thread's hands, or it was given back by
     * gate_wake. */
    if (atomic_load(&x->all->stopping) && x->phase != PHASE_ANSWERING)
        return MHD_NO;
    if (x->paused) {
        x->paused = false;
        deadline_restart(x->deadline, clock_monotonic_ms());
    }
    switch (x->phase) {
    case PHASE_HEAD:
        return on_head(x, method, version);
    case PHASE_AUTHENTICATING:
        return authenticated(x);
    case PHASE_BODY:
    case PHASE_REFUSED:
        return data != NULL ? on_data(x, data, data_len) : on_complete(x);
    case PHASE_ANSWERING:
        return send_response(x);
    case PHASE_ANSWERED:
        return MHD_YES;
    }
    return MHD_NO;
}

/* The status that went out; libmicrohttpd answers what it cannot parse by itself. */
static int final_status(const struct exchange *x)
{
    const union MHD_ConnectionInfo *info;

    if (x->status != 0)
        return x->status;
    info = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    return info == NULL ? 0 : (int)info->http_status;
}

void exchange_end(struct exchange *x, enum MHD_RequestTerminationCode how)
{
    int64_t now_ms = clock_monotonic_ms();
    const char *route = x->req.route == NULL ? "-" : api_route_pattern(x->req.route);
    const char *error =
        how == MHD_REQUEST_TERMINATED_COMPLETED_OK ? err_name(x->res.err) : "aborted";

    if (x->stream != NULL)
        api_stream_close(x->stream);
    log_line(LOG_INFO, "request", "id=%s method=%s route=%s status=%d duration_ms=%lld error=%s",
             x->req.id, x->method, route, final_status(x), (long long)(now_ms - x->started_ms),
             error);
    deadline_restart(x->deadline, now_ms);
    list_remove(x);
    buf_done(&x->body);
    api_response_done(&x->res);
    target_done(&x->target);
    free(x);
}
