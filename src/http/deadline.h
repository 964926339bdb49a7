/* Cuts connections whose client is too slow. libmicrohttpd's own timeout begins anew with every
 * byte, so a client that drips its header would never meet it; here the time runs from the
 * beginning of a step (idle, reading, sending) to its end. A deadline belongs to one connection and
 * is only changed by that connection's thread. */
#ifndef HTTP_DEADLINE_H
#define HTTP_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct deadlines; /* all connections of a server, and the thread that looks after them */
struct deadline;

/* ERR_NOMEM; ERR_UNAVAILABLE when the thread cannot be started. */
MUST_CHECK enum err deadlines_start(int64_t timeout_ms, struct deadlines **ret_deadlines);
/* After every connection's deadline_free; NULL is fine. */
void deadlines_stop(struct deadlines *deadlines);

/* Begins to watch a connection's socket; the time runs. NULL: no memory, the connection is not
 * watched, and the functions below do nothing for it. */
struct deadline *deadline_new(struct deadlines *deadlines, int fd, int64_t now_ms);
/* Before the socket is closed: after it nobody touches the descriptor any more. */
void deadline_free(struct deadline *deadline);

void deadline_restart(struct deadline *deadline, int64_t now_ms); /* a new step begins */
void deadline_pause(struct deadline *deadline);                   /* the client waits for us */

/* How the connection is cut from now on: with `reset` the client sees an error. An orderly end
 * would look like the end of an answer whose length nobody has told it. */
void deadline_set_reset(struct deadline *deadline, bool reset);
/* Cuts at once. */
void deadline_cut(struct deadline *deadline);

/* Shuts down every socket whose time has passed. The thread calls it; tests do with a time of their
 * own. */
void deadlines_sweep(struct deadlines *deadlines, int64_t now_ms);

#endif
