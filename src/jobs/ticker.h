/* The thread of a job that is done over and over: once a period, and at once when it is woken. */
#ifndef JOBS_TICKER_H
#define JOBS_TICKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* `woken`: there was a reason since the last time. */
typedef void tick_fn(void *arg, bool woken);

struct ticker {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool woken; /* under the mutex */
    bool started;
    atomic_bool stop;
    int64_t every_ms;
    tick_fn *tick;
    void *arg;
};

void ticker_init(struct ticker *ticker);
/* ERR_INTERNAL: no thread. */
MUST_CHECK enum err ticker_start(struct ticker *ticker, int64_t every_ms, tick_fn *tick, void *arg);
/* From any thread. */
void ticker_wake(struct ticker *ticker);
/* Whether it is to end: what takes long asks in between. From any thread. */
bool ticker_stops(struct ticker *ticker);
/* Asks it to end. Whoever stops the job then ends what it waits for. */
void ticker_stop(struct ticker *ticker);
/* Waits for its end, started or not. */
void ticker_done(struct ticker *ticker);

#endif
