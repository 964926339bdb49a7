/* One connection's way into suspension and out of it. libmicrohttpd leaves two things to its
 * caller: never to resume what is not suspended, and not to lose a wake-up that comes before the
 * suspension. A gate guarantees both: every gate_wait is followed by exactly one resume. */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include <stdatomic.h>

struct MHD_Connection;

struct gate {
    struct MHD_Connection *connection;
    atomic_int state;
};

void gate_init(struct gate *gate, struct MHD_Connection *connection);

/* Suspends the connection until gate_wake; at once over when a wake-up has come since the last
 * wait. Only inside libmicrohttpd's access handler, as its last act. What was waited for has to be
 * asked again after, because a wake-up may be an old one. */
void gate_wait(struct gate *gate);

/* Ends the wait, or the next one if there is none now. From any thread; the caller must not touch
 * the gate after, unless something else keeps it alive. */
void gate_wake(struct gate *gate);

#endif
