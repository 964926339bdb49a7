/* The head of a request: whether two parsers could read it in two ways, which route it takes, and
 * whether its key is known. A worker looks up the key that is not in memory. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "http/exchange_state.h"
#include "http/guard.h"
#include "http/workers.h"

static const char *header_value(void *arg, const char *name)
{
    struct exchange *x = arg;
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static void wake(void *arg)
{
    struct exchange *x = arg;
    gate_wake(&x->gate);
}

/* --- refusing --- */

/* Answers with what is in res once the body is out of the way. */
static enum MHD_Result refuse(struct exchange *x)
{
    x->phase = PHASE_REFUSED;
    /* At once when the client waits for our word, or when there is too much to swallow; this closes
     * the connection. */
    bool has_body = x->chunked || x->content_length > 0;
    if (has_body && (x->expects_continue || x->content_length > REFUSED_BODY_MAX))
        return exchange_send(x);
    return MHD_YES;
}

static enum MHD_Result refuse_status(struct exchange *x, int status, const char *detail)
{
    exchange_problem(x, status, detail);
    return refuse(x);
}

/* --- faults --- */

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
    x->req.accept = header_value(x, "Accept");
    x->req.last_event_id = header_value(x, "Last-Event-ID");
    x->req.path = x->target.path;
    x->req.query_count = x->target.query_count;
    memcpy(x->req.query, x->target.query, sizeof x->req.query);
}

/* --- routes --- */

static bool find_method(const char *name, enum api_method *ret_method)
{
    static const struct {
        const char *name;
        enum api_method method;
    } methods[] = {
        {"GET", API_GET},   {"HEAD", API_GET}, /* the body is left out when it is sent */
        {"POST", API_POST}, {"PUT", API_PUT},  {"DELETE", API_DELETE},
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(name, methods[i].name) == 0) {
            *ret_method = methods[i].method;
            return true;
        }
    }
    return false;
}

static const struct api_route *find_route(struct exchange *x, enum api_method method)
{
    unsigned others = 0;
    return api_route_find(method, x->target.path, x->target.scratch, x->req.params, &others);
}

/* The methods that the path takes, a bit per enum api_method. */
static unsigned allowed_methods(struct exchange *x)
{
    static const enum api_method methods[API_METHODS] = {API_GET, API_POST, API_PUT, API_DELETE};
    unsigned allowed = 0;
    for (size_t i = 0; i < API_METHODS; i++) {
        if (find_route(x, methods[i]) != NULL)
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
        exchange_problem(x, MHD_HTTP_METHOD_NOT_ALLOWED, "The path does not take this method.");
    add_allow(x, allowed);
    return refuse(x);
}

/* --- key --- */

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
    return refuse(x);
}

/* For how long a key has been known: a clock that nobody sets back. */
static struct instant steady_now(void)
{
    return (struct instant){clock_monotonic_ms() * 1000};
}

static void authenticate_job(void *arg, bool cancelled)
{
    struct exchange *x = arg;
    if (cancelled)
        x->auth_err = ERR_UNAVAILABLE;
    else
        x->auth_err = api_authenticate(x->all->api, x->authorization, steady_now(), &x->principal);
    gate_wake(&x->gate);
}

enum MHD_Result exchange_authenticated(struct exchange *x)
{
    if (x->auth_err != ERR_OK)
        return refuse_key(x, x->auth_err);
    x->req.principal = &x->principal;
    return admit(x);
}

static enum MHD_Result check_key(struct exchange *x)
{
    if (api_route_is_public(x->req.route))
        return admit(x);
    if (x->authorization == NULL)
        return refuse_key(x, ERR_UNAUTHORIZED);
    enum api_auth auth =
        api_authenticate_cached(x->all->api, x->authorization, steady_now(), &x->principal);
    if (auth == AUTH_ASK) {
        x->phase = PHASE_AUTHENTICATING;
        if (workers_submit(x->all->normal, authenticate_job, x))
            return exchange_wait(x);
        return refuse_status(x, MHD_HTTP_SERVICE_UNAVAILABLE, "The service is overloaded.");
    }
    x->auth_err = auth == AUTH_OK ? ERR_OK : ERR_UNAUTHORIZED;
    return exchange_authenticated(x);
}

enum MHD_Result exchange_head(struct exchange *x, const char *method, const char *version)
{
    const char *known = guard_method(method);
    x->method = known == NULL ? "-" : known;
    if (x->target_err == ERR_NOMEM)
        return MHD_NO;
    const char *fault;
    int refusal = head_fault(x, method, version, &fault);
    if (refusal != 0) {
        /* Answered in the head phase and with `close`: nothing that follows is read as a request.
         */
        exchange_problem(x, refusal, fault);
        x->close = true;
        return exchange_send(x);
    }
    x->req.now = clock_now();
    read_head(x);
    if (find_method(x->method, &x->req.method))
        x->req.route = find_route(x, x->req.method);
    if (x->req.route == NULL)
        return refuse_route(x);
    const char *encoding = header_value(x, "Content-Encoding");
    if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
        return refuse_status(x, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "No content coding is taken.");
    return check_key(x);
}
