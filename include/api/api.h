/* The seam between http and the rest: a request value, a response value, and the functions that
 * turn one into the other. Nothing here knows libmicrohttpd, so every endpoint can be tested by
 * filling a struct. */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"

struct api; /* the application: configuration, database pool, caches, ingest */

enum api_method { API_GET, API_POST, API_PUT, API_DELETE };
#define API_METHODS 4

enum api_role { ROLE_ADMIN = 1, ROLE_INGEST = 2, ROLE_MERCHANT = 4, ROLE_REVIEWER = 8 };

#define API_STORES_MAX 64

/* Who asks. A plain value. */
struct api_principal {
    char key_id[40];
    enum api_role role;
    bool is_bootstrap; /* the key of the settings */
    bool all_stores;
    size_t store_count;
    char stores[API_STORES_MAX][201];
};

#define API_PARAMS_MAX 4
#define API_QUERY_MAX 16
#define API_HEADERS_MAX 8

struct api_pair {
    const char *name;
    const char *value;
};

struct api_route; /* a line of the route table */

struct api_request {
    enum api_method method;
    const struct api_route *route;
    const char *path;                   /* as received, without the query */
    const char *params[API_PARAMS_MAX]; /* percent-decoded path parameters, in order */
    size_t query_count;
    struct api_pair query[API_QUERY_MAX]; /* percent-decoded */
    const char *content_type;             /* or NULL */
    const char *if_none_match;            /* or NULL */
    const char *accept;                   /* or NULL */
    const char *last_event_id;            /* or NULL */
    const char *body;                     /* NULL when there is none */
    size_t body_len;
    struct instant now;                    /* the one reading of the clock for this request */
    char id[33];                           /* request id, hex */
    const struct api_principal *principal; /* NULL on routes without a key */
};

struct api_response;
struct api_listener;

/* Sends the head, if it has not gone out yet, and takes the body's bytes; the body is empty after.
 * Blocks while the client has not taken what was sent before. ERR_UNAVAILABLE: the client has gone
 * or the server stops. */
typedef enum err api_pour_fn(void *arg, struct api_response *res);

struct api_response {
    int status;
    const char *content_type; /* static text */
    struct buf body;
    size_t header_count;
    struct {
        char name[32];
        char value[224];
    } headers[API_HEADERS_MAX]; /* beside content type and length */
    enum err err;               /* what the status came from, for the log line */
    api_pour_fn *pour;          /* set by the server; NULL: answers are gathered whole */
    void *pour_arg;
    bool streamed; /* the head is out: an error can only break the answer off */
    struct api_listener
        *listener; /* the body comes from there as it comes to be; NULL: an ordinary one */
};

void api_response_init(struct api_response *res);
void api_response_done(struct api_response *res);
__attribute__((format(printf, 3, 4))) void api_response_header(struct api_response *res,
                                                               const char *name, const char *format,
                                                               ...);

/* For answers that are too large to hold: called now and then while the body is written, lets it go
 * out once it has grown to API_PIECE. The first time the head goes out as well: status, type and
 * headers stay as they are from then on, and what the request borrowed from its head (content_type,
 * if_none_match, accept) is NULL. The last piece goes out when the handler returns ERR_OK; with
 * another error the connection is reset, so that the client does not take the part for the whole.
 * An answer that stays below a piece is an ordinary one. Blocks; worker threads only. Errors: those
 * of the body, and ERR_UNAVAILABLE when the client has gone or the server stops. */
#define API_PIECE (64 * 1024)
MUST_CHECK enum err api_response_stream(struct api_response *res);

/* The value of a query parameter, or NULL. */
const char *api_query(const struct api_request *req, const char *name);

/* --- routing --- */

/* Splits and decodes `path` into `params` (memory in `scratch`, at least strlen(path) + 1 bytes,
 * which the params borrow). NULL when no route matches: then *ret_allowed is a bit per enum
 * api_method that the path would take (0: unknown path). HEAD is looked up as GET by the caller. */
const struct api_route *api_route_find(enum api_method method, const char *path, char *scratch,
                                       const char *params[API_PARAMS_MAX], unsigned *ret_allowed);

const char *api_route_pattern(const struct api_route *route); /* for the log line */
bool api_route_is_public(const struct api_route *route);      /* needs no key */
bool api_route_is_events(
    const struct api_route *route); /* body goes to an api_stream as it arrives */
size_t api_route_body_max(const struct api_route *route); /* bytes; 0: no body is read */

/* --- keys --- */

enum api_auth { AUTH_OK, AUTH_DENIED, AUTH_ASK };

/* Looks the Authorization header's value up among the keys seen within the last second. Never
 * blocks: `now` is of a monotonic clock.
 * AUTH_ASK means that api_authenticate (which may block on the database) has to be run
 * by a worker first. */
enum api_auth api_authenticate_cached(struct api *api, const char *authorization,
                                      struct instant now, struct api_principal *ret_principal);
/* Blocks. ERR_OK, ERR_UNAUTHORIZED, ERR_UNAVAILABLE. */
MUST_CHECK enum err api_authenticate(struct api *api, const char *authorization, struct instant now,
                                     struct api_principal *ret_principal);

/* --- answering --- */

/* Answers at once what needs no database: snapshots in memory, probes, the API description.
 * false: not answered. Never blocks. */
bool api_answer_inline(struct api *api, const struct api_request *req, struct api_response *res);

/* Whether the request belongs to the small pool: what reads a store's entities one by one. */
bool api_is_slow(const struct api_request *req);

/* Runs the handler. Blocks; called on a worker thread. Always fills res. */
void api_answer(struct api *api, const struct api_request *req, struct api_response *res);

/* Fills res with the problem document (RFC 9457) of an error. `pointer` NULL: no errors[]
 * member. */
void api_problem(struct api_response *res, const struct api_request *req, enum err err,
                 const char *pointer, const char *detail);
/* The same for statuses that only HTTP knows (400, 404, 405, 408, 411, 413, 414, 415, 431, 501,
 * 503 …). */
void api_problem_status(struct api_response *res, const char *request_id, const char *path,
                        int status, const char *detail);

/* --- POST /v1/events --- */

struct api_stream;

/* Called from any thread when a stream that could not go on can: the connection is to be
 * resumed. Must not block. */
typedef void api_wake_fn(void *arg);

/* Begins to take a body. NULL with res filled when the request is refused at its head (media
 * type, query, role, overload); res->status then says so. `header` looks up a request header by
 * name (binary mode) and is only called during this call. The request, its principal included,
 * is copied. */
struct api_stream *api_stream_open(struct api *api, const struct api_request *req,
                                   const char *(*header)(void *arg, const char *name),
                                   void *header_arg, api_wake_fn *wake, void *wake_arg,
                                   struct api_response *res);
/* Takes body bytes; returns how many. Fewer than `len` (0 too): suspend the connection, `wake`
 * will be called, then offer the rest again. */
size_t api_stream_feed(struct api_stream *stream, const char *data, size_t len);
/* Whether the outcome is settled although the body is not over (it is too large, or the writer
 * failed): the answer can be taken, and what follows of the body is of no use. */
bool api_stream_failed(struct api_stream *stream);
/* The body is complete. true: the answer can be taken now; false: suspend, `wake` will be
 * called, ask again. Repeatable. */
bool api_stream_end(struct api_stream *stream);
/* Fills the answer; once, after api_stream_end returned true. */
void api_stream_answer(struct api_stream *stream, struct api_response *res);
/* Ends the stream in any state (client gone, answered); events already queued are still
 * committed; wake is not called after it returns. */
void api_stream_close(struct api_stream *stream);

/* --- GET …/stream --- */

/* An open stream of notifications, which a handler has left in its response. It waits on no thread:
 * whoever has something for it wakes the connection. */

/* From now on `wake` is called, from any thread, when api_listener_read may have something new to
 * say. Must not block. */
void api_listener_attach(struct api_listener *listener, api_wake_fn *wake, void *wake_arg);

enum { API_LISTENER_WAIT = 0, API_LISTENER_END = -1 };

/* At most `max` bytes, or what stands above: suspend the connection until `wake` is called; the
 * stream is over. Never blocks for long. */
ssize_t api_listener_read(struct api_listener *listener, char *data, size_t max);
/* Ends the stream in any state; wake is not called after it returns. */
void api_listener_close(struct api_listener *listener);

#endif
