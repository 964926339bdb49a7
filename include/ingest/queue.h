/* The bounded queue between HTTP threads and the writer. */
#ifndef INGEST_QUEUE_H
#define INGEST_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;
struct submission;

/* Bounds for what waits: events, and bytes of memory. NULL when memory is out. */
struct queue *queue_new(size_t max_events, size_t max_bytes);
void queue_free(struct queue *queue); /* must be empty */

/* Somebody who waits for room: `wake` is called, once, on the thread that makes it. Must not block
 * or use the queue. */
struct queue_waiter {
    struct queue_waiter *next;
    void (*wake)(struct queue_waiter *waiter);
    bool waiting;
};

/* false: full or closed; the submission stays the caller's. Full, and `waiter` given: it is woken
 * when there is room. One that is larger than the bounds fits an empty queue. */
bool queue_push(struct queue *queue, struct submission *submission, struct queue_waiter *waiter);
/* After it returns the waiter is not woken any more. */
void queue_forget(struct queue *queue, struct queue_waiter *waiter);

/* Waits for something and takes submissions in order until they hold at least `enough` events, or a
 * quarter of the bytes, or none is left. NULL: closed and empty. */
struct submission *queue_take(struct queue *queue, size_t enough);

/* No more pushes; what is queued can still be taken. */
void queue_close(struct queue *queue);

size_t queue_events(struct queue *queue);

#endif
