/* The bounded queue between HTTP threads and the writer. */
#ifndef INGEST_QUEUE_H
#define INGEST_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue;
struct submission;

struct queue *queue_new(size_t max_events); /* NULL when memory is out */
void queue_free(struct queue *queue);       /* must be empty */

/* false: full or closed; the submission stays the caller's. One larger than max_events fits an
 * empty queue. */
bool queue_push(struct queue *queue, struct submission *submission);

/* Waits for something and takes submissions in order until they hold at least `enough` events or
 * none is left. NULL: closed and empty. */
struct submission *queue_take(struct queue *queue, size_t enough);

/* No more pushes; what is queued can still be taken. */
void queue_close(struct queue *queue);

size_t queue_events(struct queue *queue);

#endif
