/* See gate.h. Lock-free on purpose: the moment a connection is resumed its own thread may answer
 * and free what the gate lives in, so a mutex inside would be destroyed under the thread that
 * unlocks it. */
#include "http/gate.h"

#include <microhttpd.h>

enum gate_state {
    GATE_OPEN,   /* the connection runs */
    GATE_CLOSED, /* it is suspended; whoever opens the gate resumes it */
    GATE_RUNG,   /* it runs, and the next wait is over at once */
};

void gate_init(struct gate *gate, struct MHD_Connection *connection)
{
    gate->connection = connection;
    atomic_init(&gate->state, GATE_OPEN);
}

void gate_wait(struct gate *gate)
{
    /* Suspended before the gate says so: a waker that sees GATE_CLOSED may resume at once. */
    MHD_suspend_connection(gate->connection);
    int expected = GATE_OPEN;
    if (!atomic_compare_exchange_strong(&gate->state, &expected, GATE_CLOSED)) {
        atomic_store(&gate->state, GATE_OPEN);
        MHD_resume_connection(gate->connection);
    }
}

void gate_wake(struct gate *gate)
{
    struct MHD_Connection *connection = gate->connection;
    int state = atomic_load(&gate->state);
    while (state != GATE_RUNG) {
        int next = state == GATE_CLOSED ? GATE_OPEN : GATE_RUNG;
        if (atomic_compare_exchange_weak(&gate->state, &state, next)) {
            if (next == GATE_OPEN)
                MHD_resume_connection(connection);
            return;
        }
    }
}
