#include "ingest/queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "ingest/submission.h"

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct submission *first;
    struct submission *last;
    struct queue_waiter *waiters;
    size_t events;
    size_t bytes;
    size_t max_events;
    size_t max_bytes;
    bool closed;
};

struct queue *queue_new(size_t max_events, size_t max_bytes)
{
    struct queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->filled, NULL);
    queue->max_events = max_events;
    queue->max_bytes = max_bytes;
    return queue;
}

void queue_free(struct queue *queue)
{
    if (queue == NULL)
        return;
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

static bool has_room(const struct queue *queue, const struct submission *submission)
{
    return queue->events == 0 || (queue->events + submission->count <= queue->max_events &&
                                  queue->bytes + submission->bytes <= queue->max_bytes);
}

static void append(struct queue *queue, struct submission *submission)
{
    submission->next = NULL;
    if (queue->last == NULL)
        queue->first = submission;
    else
        queue->last->next = submission;
    queue->last = submission;
    queue->events += submission->count;
    queue->bytes += submission->bytes;
}

bool queue_push(struct queue *queue, struct submission *submission, struct queue_waiter *waiter)
{
    submission->bytes = submission->arena.used + submission->capacity * sizeof *submission->entries;
    pthread_mutex_lock(&queue->mutex);
    bool pushed = !queue->closed && has_room(queue, submission);
    if (pushed) {
        append(queue, submission);
        pthread_cond_signal(&queue->filled);
    } else if (!queue->closed && waiter != NULL && !waiter->waiting) {
        waiter->waiting = true;
        waiter->next = queue->waiters;
        queue->waiters = waiter;
    }
    pthread_mutex_unlock(&queue->mutex);
    return pushed;
}

void queue_forget(struct queue *queue, struct queue_waiter *waiter)
{
    pthread_mutex_lock(&queue->mutex);
    struct queue_waiter **at = &queue->waiters;
    while (*at != NULL && *at != waiter)
        at = &(*at)->next;
    if (*at != NULL)
        *at = waiter->next;
    waiter->waiting = false;
    pthread_mutex_unlock(&queue->mutex);
}

/* Under the mutex, so that whoever is woken has not been forgotten. */
static void wake_all(struct queue *queue)
{
    while (queue->waiters != NULL) {
        struct queue_waiter *waiter = queue->waiters;
        queue->waiters = waiter->next;
        waiter->waiting = false;
        waiter->wake(waiter);
    }
}

struct submission *queue_take(struct queue *queue, size_t enough)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->first == NULL && !queue->closed)
        pthread_cond_wait(&queue->filled, &queue->mutex);
    struct submission *taken = queue->first, *end = NULL;
    size_t events = 0, bytes = 0;
    while (queue->first != NULL && events < enough && bytes < queue->max_bytes / 4) {
        end = queue->first;
        queue->first = end->next;
        events += end->count;
        bytes += end->bytes;
    }
    if (end != NULL)
        end->next = NULL;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->events -= events;
    queue->bytes -= bytes;
    wake_all(queue);
    pthread_mutex_unlock(&queue->mutex);
    return taken;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    wake_all(queue);
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->mutex);
}

size_t queue_events(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t events = queue->events;
    pthread_mutex_unlock(&queue->mutex);
    return events;
}
