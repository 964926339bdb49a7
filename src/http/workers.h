/* A bounded queue of jobs and the threads that run them. What does not fit is refused at once:
 * waiting without bound would only move the overload. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include <stdbool.h>

#include "base/err.h"

struct workers;

/* `cancelled`: the pool stops, do no work, only tell whoever waits. */
typedef void job_fn(void *arg, bool cancelled);

/* ERR_NOMEM; ERR_UNAVAILABLE when a thread cannot be started. */
MUST_CHECK enum err workers_start(unsigned threads, unsigned queue_max,
                                  struct workers **ret_workers);

/* false: the queue is full or the pool has stopped. From any thread; never blocks for long. */
MUST_CHECK bool workers_submit(struct workers *workers, job_fn *run, void *arg);

/* Refuses new jobs, cancels the waiting ones on the calling thread and returns when the running
 * ones are done. */
void workers_stop(struct workers *workers);
void workers_free(struct workers *workers); /* after workers_stop; NULL is fine */

#endif
