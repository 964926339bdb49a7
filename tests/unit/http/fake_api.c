#include "fake_api.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake_api fake_api;

/* --- values --- */

void api_response_init(struct api_response *res)
{
    *res = (struct api_response){.status = 200, .content_type = "application/json"};
    buf_init(&res->body, 1 << 20);
}

void api_response_done(struct api_response *res)
{
    buf_done(&res->body);
}

void api_response_header(struct api_response *res, const char *name, const char *format, ...)
{
    snprintf(res->headers[res->header_count].name, sizeof res->headers[0].name, "%s", name);
    va_list args;
    va_start(args, format);
    vsnprintf(res->headers[res->header_count].value, sizeof res->headers[0].value, format, args);
    va_end(args);
    res->header_count++;
}

void api_problem_status(struct api_response *res, const char *request_id, const char *path,
                        int status, const char *detail)
{
    (void)request_id;
    (void)path;
    res->status = status;
    res->content_type = "application/problem+json";
    buf_clear(&res->body);
    buf_printf(&res->body, "{\"status\":%d,\"detail\":\"%s\"}", status, detail);
    if (status == 401)
        api_response_header(res, "WWW-Authenticate", "Bearer");
    if (status == 503)
        api_response_header(res, "Retry-After", "1");
}

void api_problem(struct api_response *res, const struct api_request *req, enum err err,
                 const char *pointer, const char *detail)
{
    (void)pointer;
    res->err = err;
    api_problem_status(res, req->id, req->path, err == ERR_UNAVAILABLE ? 503 : 500, detail);
}

enum err api_response_stream(struct api_response *res)
{
    return res->body.len < API_PIECE ? ERR_OK : res->pour(res->pour_arg, res);
}

/* --- routes --- */

struct api_route {
    enum api_method method;
    const char *prefix;
    bool has_param;
    bool is_public;
    bool is_events;
    size_t body_max;
};

static const struct api_route routes[] = {
    {API_GET, "/livez", false, true, false, 0},
    {API_GET, "/v1/work", false, false, false, 0},
    {API_GET, "/v1/slow", false, false, false, 0},
    {API_GET, "/v1/table", false, false, false, 0},
    {API_GET, "/v1/notes", false, false, false, 0},
    {API_PUT, "/v1/items/", true, false, false, FAKE_BODY_MAX},
    {API_DELETE, "/v1/items/", true, false, false, 0},
    {API_POST, "/v1/events", false, false, true, 0},
};

static bool matches(const struct api_route *route, const char *path)
{
    return route->has_param ? strncmp(path, route->prefix, strlen(route->prefix)) == 0
                            : strcmp(path, route->prefix) == 0;
}

const struct api_route *api_route_find(enum api_method method, const char *path, char *scratch,
                                       const char *params[API_PARAMS_MAX], unsigned *ret_allowed)
{
    *ret_allowed = 0;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!matches(&routes[i], path))
            continue;
        if (routes[i].method == method) {
            memcpy(scratch, path + strlen(routes[i].prefix),
                   strlen(path) - strlen(routes[i].prefix) + 1);
            params[0] = scratch;
            return &routes[i];
        }
        *ret_allowed |= 1U << routes[i].method;
    }
    return NULL;
}

const char *api_route_pattern(const struct api_route *route)
{
    return route->prefix;
}

bool api_route_is_public(const struct api_route *route)
{
    return route->is_public;
}

bool api_route_is_events(const struct api_route *route)
{
    return route->is_events;
}

size_t api_route_body_max(const struct api_route *route)
{
    return route->body_max;
}

/* --- keys and answers --- */

enum api_auth api_authenticate_cached(struct api *api, const char *authorization,
                                      struct instant now, struct api_principal *ret_principal)
{
    (void)api;
    (void)now;
    if (strcmp(authorization, "Bearer known") == 0) {
        ret_principal->role = ROLE_INGEST;
        return AUTH_OK;
    }
    if (strcmp(authorization, "Bearer asked") == 0 || strcmp(authorization, "Bearer wrong") == 0)
        return AUTH_ASK;
    return AUTH_DENIED;
}

enum err api_authenticate(struct api *api, const char *authorization, struct instant now,
                          struct api_principal *ret_principal)
{
    (void)api;
    (void)now;
    atomic_fetch_add(&fake_api.asked, 1);
    if (strcmp(authorization, "Bearer wrong") == 0)
        return ERR_UNAUTHORIZED;
    ret_principal->role = ROLE_ADMIN;
    return ERR_OK;
}

bool api_answer_inline(struct api *api, const struct api_request *req, struct api_response *res)
{
    (void)api;
    if (!req->route->is_public)
        return false;
    atomic_fetch_add(&fake_api.inlining, 1);
    while (atomic_load(&fake_api.hold_inline))
        usleep(1000); /* until the test lets go */
    atomic_fetch_sub(&fake_api.inlining, 1);
    buf_puts(&res->body, "alive");
    return true;
}

bool api_is_slow(const struct api_request *req)
{
    return strcmp(req->path, "/v1/slow") == 0;
}

static void wait_while_held(void)
{
    while (atomic_load(&fake_api.hold))
        usleep(1000); /* until the test lets go */
}

static void answer_table(const struct api_request *req, struct api_response *res)
{
    enum err err = ERR_OK;
    size_t bytes = atomic_load(&fake_api.table_bytes);
    res->content_type = "text/csv";
    for (size_t at = 0; at < bytes && err == ERR_OK; at += FAKE_LINE_SIZE) {
        buf_printf(&res->body, "%015zu\n", at / FAKE_LINE_SIZE);
        err = api_response_stream(res);
        if (err == ERR_OK)
            atomic_store(&fake_api.poured, at + FAKE_LINE_SIZE - res->body.len);
    }
    wait_while_held();
    if (err == ERR_OK && atomic_load(&fake_api.table_fails))
        err = ERR_INTERNAL;
    if (err == ERR_OK)
        return;
    atomic_fetch_add(&fake_api.table_errors, 1);
    if (!res->streamed)
        api_problem(res, req, err, NULL, "no table");
    res->err = err;
}

/* --- notes --- */

struct api_listener {
    struct api_listener *next;
    struct buf text;
    bool ended;
    api_wake_fn *wake;
    void *wake_arg;
};

static pthread_mutex_t notes_lock = PTHREAD_MUTEX_INITIALIZER;
static struct api_listener *first_listener;

static void answer_notes(struct api_response *res)
{
    struct api_listener *listener = calloc(1, sizeof *listener);
    buf_init(&listener->text, SIZE_MAX / 2);
    pthread_mutex_lock(&notes_lock);
    listener->next = first_listener;
    first_listener = listener;
    pthread_mutex_unlock(&notes_lock);
    atomic_fetch_add(&fake_api.listening, 1);
    res->content_type = "text/event-stream";
    res->listener = listener;
}

void api_listener_attach(struct api_listener *listener, api_wake_fn *wake, void *wake_arg)
{
    pthread_mutex_lock(&notes_lock);
    listener->wake = wake;
    listener->wake_arg = wake_arg;
    wake(wake_arg);
    pthread_mutex_unlock(&notes_lock);
}

ssize_t api_listener_read(struct api_listener *listener, char *data, size_t max)
{
    ssize_t got = API_LISTENER_WAIT;
    pthread_mutex_lock(&notes_lock);
    size_t len = listener->text.len < max ? listener->text.len : max;
    if (len > 0) {
        memcpy(data, listener->text.data, len);
        buf_consume(&listener->text, len);
        got = (ssize_t)len;
    } else if (listener->ended) {
        got = API_LISTENER_END;
    }
    pthread_mutex_unlock(&notes_lock);
    return got;
}

void api_listener_close(struct api_listener *listener)
{
    pthread_mutex_lock(&notes_lock);
    struct api_listener **at = &first_listener;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    pthread_mutex_unlock(&notes_lock);
    buf_done(&listener->text);
    free(listener);
    atomic_fetch_sub(&fake_api.listening, 1);
}

static void notes_add(const char *text, bool end)
{
    pthread_mutex_lock(&notes_lock);
    for (struct api_listener *l = first_listener; l != NULL; l = l->next) {
        buf_puts(&l->text, text);
        l->ended = l->ended || end;
        if (l->wake != NULL)
            l->wake(l->wake_arg);
    }
    pthread_mutex_unlock(&notes_lock);
}

void fake_notes_say(const char *text)
{
    notes_add(text, false);
}

void fake_notes_end(void)
{
    notes_add("", true);
}

void api_answer(struct api *api, const struct api_request *req, struct api_response *res)
{
    (void)api;
    atomic_fetch_add(&fake_api.working, 1);
    if (strcmp(req->path, "/v1/table") == 0) {
        answer_table(req, res);
    } else if (strcmp(req->path, "/v1/notes") == 0) {
        answer_notes(res);
    } else {
        wait_while_held();
        buf_printf(&res->body, "%s %zu", req->params[0], req->body_len);
    }
    atomic_fetch_sub(&fake_api.working, 1);
    atomic_fetch_add(&fake_api.answered, 1);
}

/* --- streams --- */

struct api_stream {
    api_wake_fn *wake;
    void *wake_arg;
    size_t bytes;
    bool ended;
    bool has_waker;
    pthread_t waker;
};

static void *waker_main(void *arg)
{
    struct api_stream *stream = arg;
    sched_yield();
    stream->wake(stream->wake_arg);
    return NULL;
}

static void join_waker(struct api_stream *stream)
{
    if (stream->has_waker)
        pthread_join(stream->waker, NULL);
    stream->has_waker = false;
}

static void wake_up(struct api_stream *stream)
{
    join_waker(stream);
    if (atomic_load(&fake_api.stream) == FAKE_STREAM_WAKE_SOON)
        stream->wake(stream->wake_arg);
    else
        stream->has_waker = pthread_create(&stream->waker, NULL, waker_main, stream) == 0;
}

struct api_stream *api_stream_open(struct api *api, const struct api_request *req,
                                   const char *(*header)(void *arg, const char *name),
                                   void *header_arg, api_wake_fn *wake, void *wake_arg,
                                   struct api_response *res)
{
    (void)api;
    const char *type = header(header_arg, "content-type");
    if (req->principal == NULL)
        atomic_fetch_add(&fake_api.fed_before_key, 1);
    if (type == NULL || strcmp(type, "application/x-ndjson") != 0) {
        api_problem_status(res, req->id, req->path, 415, "media type");
        return NULL;
    }
    struct api_stream *stream = calloc(1, sizeof *stream);
    stream->wake = wake;
    stream->wake_arg = wake_arg;
    atomic_fetch_add(&fake_api.streams_open, 1);
    return stream;
}

size_t api_stream_feed(struct api_stream *stream, const char *data, size_t len)
{
    (void)data;
    size_t taken = len;
    switch ((enum fake_stream)atomic_load(&fake_api.stream)) {
    case FAKE_STREAM_FREE:
        break;
    case FAKE_STREAM_STUCK:
        return 0;
    case FAKE_STREAM_WAKE_SOON:
    case FAKE_STREAM_WAKE_LATE:
        if (len > 100)
            taken = 100;
        break;
    }
    stream->bytes += taken;
    if (taken < len)
        wake_up(stream);
    return taken;
}

bool api_stream_failed(struct api_stream *stream)
{
    (void)stream;
    return false;
}

bool api_stream_end(struct api_stream *stream)
{
    if (stream->ended || atomic_load(&fake_api.stream) == FAKE_STREAM_FREE)
        return true;
    stream->ended = true;
    wake_up(stream);
    return false;
}

void api_stream_answer(struct api_stream *stream, struct api_response *res)
{
    buf_printf(&res->body, "%zu", stream->bytes);
}

void api_stream_close(struct api_stream *stream)
{
    join_waker(stream);
    free(stream);
    atomic_fetch_sub(&fake_api.streams_open, 1);
}

void fake_api_reset(void)
{
    atomic_store(&fake_api.stream, FAKE_STREAM_FREE);
    atomic_store(&fake_api.hold, false);
    atomic_store(&fake_api.hold_inline, false);
    atomic_store(&fake_api.inlining, 0);
    atomic_store(&fake_api.asked, 0);
    atomic_store(&fake_api.working, 0);
    atomic_store(&fake_api.answered, 0);
    atomic_store(&fake_api.streams_open, 0);
    atomic_store(&fake_api.fed_before_key, 0);
    atomic_store(&fake_api.table_bytes, 0);
    atomic_store(&fake_api.table_fails, false);
    atomic_store(&fake_api.poured, 0);
    atomic_store(&fake_api.table_errors, 0);
    atomic_store(&fake_api.listening, 0);
}
