/* The way of a streamed answer from the handler, which blocks, to the connection, which must not:
 * one piece waits to be sent while the handler writes the next. Knows no libmicrohttpd.
 *
 * Two threads hold an outlet, the worker and the connection's. Either may be the first to go; the
 * one that leaves last frees what the outlet lives in. */
#ifndef HTTP_OUTLET_H
#define HTTP_OUTLET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Tells the connection that outlet_read has something new to say. Called under the outlet's lock,
 * never after outlet_leave. */
typedef void outlet_wake_fn(void *arg);

struct outlet {
    pthread_mutex_t lock;
    pthread_cond_t room; /* the piece is gone, or will never be */
    outlet_wake_fn *wake;
    void *wake_arg;
    struct buf piece;
    size_t taken; /* bytes of it */
    bool begun;
    bool broken; /* nothing is taken any more */
    bool left;   /* by the connection */
    bool ended;  /* by the worker */
    enum err end;
};

void outlet_init(struct outlet *outlet, outlet_wake_fn *wake, void *wake_arg);
void outlet_done(struct outlet *outlet);

/* --- the worker --- */

/* Takes the bytes of `body` and leaves it empty; waits while a piece is still there. The first time
 * it wakes the connection to send the head. ERR_UNAVAILABLE: it was broken or left. */
MUST_CHECK enum err outlet_put(struct outlet *outlet, struct buf *body);
/* Nothing follows; with an error the answer is to be broken off. true: the connection has left.
 * Otherwise the outlet may be gone when this returns. */
MUST_CHECK bool outlet_end(struct outlet *outlet, enum err end);

/* --- the connection --- */

enum { OUTLET_WAIT = 0, OUTLET_END = -1, OUTLET_FAILED = -2 };

/* At most `max` bytes, or what stands above: wait for the wake-up, all is said, break off. Never
 * blocks for long. */
ssize_t outlet_read(struct outlet *outlet, char *data, size_t max);
/* What the worker ended with; ERR_OK while it has not. */
enum err outlet_error(struct outlet *outlet);
/* Nothing is read any more. false: the worker is still there, and the outlet its own from here on.
 */
MUST_CHECK bool outlet_leave(struct outlet *outlet);

/* --- anybody --- */

/* Lets nothing through any more, and the worker go: the server stops. */
void outlet_break(struct outlet *outlet);

#endif
