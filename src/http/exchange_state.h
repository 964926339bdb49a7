/* What the files that make up an exchange know of it: exchange.c (life, body, answer),
 * exchange_head.c (faults of the head, routes, key) and exchanges.c (the list). For nobody else. */
#ifndef HTTP_EXCHANGE_STATE_H
#define HTTP_EXCHANGE_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>

#include "api/api.h"
#include "http/exchange.h"
#include "http/exchanges.h"
#include "http/gate.h"
#include "http/outlet.h"
#include "http/target.h"

/* Swallowed after a refusal, so that the client gets to read it. */
#define REFUSED_BODY_MAX (8 * 1024 * 1024)
/* Swallowed on a route that takes none. */
#define IGNORED_BODY_MAX (64 * 1024)

enum phase {
    PHASE_HEAD,           /* nothing done yet */
    PHASE_AUTHENTICATING, /* a worker looks the key up */
    PHASE_BODY,           /* admitted, the body comes in */
    PHASE_REFUSED,        /* res is filled, the body is swallowed */
    PHASE_ANSWERING,      /* a worker fills res */
    PHASE_ANSWERED,       /* queued; of a streamed answer the head */
};

struct exchange {
    struct exchanges *all;
    struct exchange *prev;
    struct exchange *next;
    struct MHD_Connection *connection;
    struct deadline *deadline;
    struct gate gate;
    struct outlet outlet;
    atomic_bool streaming; /* a streamed answer has been queued */
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

/* --- exchange_head.c --- */

/* The head is complete: admits the body, refuses the request or waits for a worker. */
enum MHD_Result exchange_head(struct exchange *x, const char *method, const char *version);
/* The worker has looked the key up. */
enum MHD_Result exchange_authenticated(struct exchange *x);

/* --- exchange.c --- */

/* Fills res with a problem. */
void exchange_problem(struct exchange *x, int status, const char *detail);
/* Queues res. */
enum MHD_Result exchange_send(struct exchange *x);
/* Suspends until a wake-up. The client's time does not run meanwhile. */
enum MHD_Result exchange_wait(struct exchange *x);

#endif
